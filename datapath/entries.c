/* SPDX-License-Identifier: MIT */
/*
 * entries.c - map the memory of the data path's maps, to read and write tunnels
 *
 * Tunnels are written as memory, in the order that their readers rely on; bpf(2) would copy
 * bytes. Maps that only the programs and root write are read by bpf(2): for read-only access
 * the kernel maps no memory.
 */
#include "datapath/entries.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "datapath/map.h"
#include "datapath/pinned.h"
#include "datapath/pins.h"
#include "lib/log.h"

/** fail() - log why the maps cannot be used, and what to do */
static int fail(const char *path, const char *device)
{
	if (errno == ENOENT)
		log_msg(LOG_ERR, "%s: not there: run tsp-datapath start", path);
	else if (errno == EWOULDBLOCK)
		log_msg(LOG_ERR, "%s: tsp-datapath has it locked", path);
	else if (errno == EPROTO)
		log_msg(LOG_ERR,
			"%s is of another version: run tsp-datapath stop, tsp-datapath "
			"start and tspctl restore",
			path);
	else
		log_msg(LOG_ERR, "%s, for device %s: %m", path, device);
	return -1;
}

/** open_map() - a pinned map; -1, logged */
static int open_map(const char *device, enum pinned_id id, bool write)
{
	char path[PINS_PATH_LEN];
	int fd;

	pins_path(device, pinned_maps[id].name, path);
	fd = map_open(path, write);
	return fd < 0 ? fail(path, device) : fd;
}

/** open_array() - entries of @size bytes as memory; NULL, logged */
static void *open_array(const char *device, enum pinned_id id, size_t size,
			uint32_t *count)
{
	int fd = open_map(device, id, true), saved;
	struct map_shape shape;
	void *memory = NULL;

	if (fd < 0)
		return NULL;
	errno = EPROTO;
	if (!map_shape(fd, &shape) && shape.value_size == size) {
		memory = map_memory(fd, size * shape.max_entries, true);
		*count = shape.max_entries;
	}
	saved = errno;
	close(fd);
	errno = saved;
	if (!memory)
		fail(pinned_maps[id].name, device);
	return memory;
}

/** open_tunnels() - open the arrays to write; -1, logged */
static int open_tunnels(struct entries *e, const char *device)
{
	e->users = open_array(device, PINNED_USERS, sizeof(*e->users), &e->users_count);
	if (!e->users)
		return -1;
	e->anon = open_array(device, PINNED_ANON, sizeof(*e->anon), &e->anon_count);
	if (!e->anon)
		return -1;
	e->index =
		open_array(device, PINNED_ANON_INDEX, sizeof(*e->index), &e->index_count);
	if (!e->index)
		return -1;
	if (e->index_count == e->shared.config.index_mask + 1)
		return 0;
	errno = EPROTO;
	return fail(pinned_maps[PINNED_ANON_INDEX].name, device);
}

/** open_counts() - open the counters of @count tunnels; -1, logged */
static int open_counts(const char *device, enum pinned_id id, uint32_t count,
		       struct seen *out)
{
	struct map_shape info;

	out->limit = count;
	out->fd = open_map(device, id, false);
	if (out->fd < 0)
		return -1;
	if (!map_shape(out->fd, &info) && info.value_size == sizeof(struct tsp_seen) &&
	    info.max_entries == count)
		return 0;
	errno = EPROTO;
	return fail(pinned_maps[id].name, device);
}

/** read_shared() - the configuration, if it is of our version; -1, logged */
static int read_shared(struct entries *e, const char *device)
{
	int fd = open_map(device, PINNED_SHARED, false), result = -1;
	struct map_shape info;
	uint32_t zero = 0;

	if (fd < 0)
		return -1;
	errno = EPROTO;
	if (!map_shape(fd, &info) && info.value_size == sizeof(e->shared) &&
	    !map_lookup(fd, &zero, &e->shared) && e->shared.version == TSP_MAPS_VERSION)
		result = 0;
	close(fd);
	return result ? fail(pinned_maps[PINNED_SHARED].name, device) : 0;
}

/** open_all() - open every map; -1, logged */
static int open_all(struct entries *e, const char *device)
{
	if (read_shared(e, device) || open_tunnels(e, device) ||
	    open_counts(device, PINNED_USERS_SEEN, e->users_count, &e->users_seen) ||
	    open_counts(device, PINNED_ANON_SEEN, e->anon_count, &e->anon_seen))
		return -1;
	e->counters = open_map(device, PINNED_COUNTERS, false);
	return e->counters < 0 ? -1 : 0;
}

/** clear() - mark everything as closed */
static void clear(struct entries *e)
{
	memset(e, 0, sizeof(*e));
	e->users_seen.fd = e->anon_seen.fd = e->counters = e->lock = -1;
}

/**
 * entries_exist() - check that there are maps to open
 * @device:	[server] device
 *
 * Return: false before the first start, also if their directory is mounted already, and after
 * a stop that did not keep the tunnels
 */
bool entries_exist(const char *device)
{
	char path[PINS_PATH_LEN];

	pins_path(device, pinned_maps[PINNED_SHARED].name, path);
	return !access(path, F_OK) || errno != ENOENT;
}

/**
 * entries_open() - open the maps and lock them against replacement
 * @e:		Result; on success the caller calls entries_close()
 * @device:	[server] device
 *
 * Return: 0; -1, logged, with errno: ENOENT when the data path is not started
 */
int entries_open(struct entries *e, const char *device)
{
	char path[PINS_PATH_LEN];
	int saved;

	clear(e);
	pins_path(device, NULL, path);
	e->lock = pins_lock(device, LOCK_SH);
	if (e->lock < 0)
		return fail(path, device);
	if (!open_all(e, device))
		return 0;
	saved = errno;
	entries_close(e);
	errno = saved;
	return -1;
}

static void close_map(int fd)
{
	if (fd >= 0)
		close(fd);
}

/** entries_close() - close the maps and release the lock */
void entries_close(struct entries *e)
{
	if (e->users)
		munmap(e->users, e->users_count * sizeof(*e->users));
	if (e->anon)
		munmap(e->anon, e->anon_count * sizeof(*e->anon));
	if (e->index)
		munmap(e->index, e->index_count * sizeof(*e->index));
	seen_free(&e->users_seen);
	seen_free(&e->anon_seen);
	close_map(e->users_seen.fd);
	close_map(e->anon_seen.fd);
	close_map(e->counters);
	close_map(e->lock);
	clear(e);
}
