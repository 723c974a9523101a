/* SPDX-License-Identifier: MIT */
/*
 * resize.c - copy a map's entries into a larger or smaller map
 *
 * Nobody writes tunnels meanwhile. The programs go on counting in the old map, and packets
 * that pass between the copy and the change of programs are not counted.
 */
#include "datapath/resize.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "datapath/bpf/anon_index.h"
#include "datapath/map.h"
#include "lib/log.h"

/** is_tunnel() - entry @n of an array of tunnels, not of counters, is in use */
static bool is_tunnel(const struct map_shape *info, const char *memory, size_t n)
{
	const struct tsp_tunnel *t = (const void *)(memory + n * sizeof(*t));

	return info->value_size == sizeof(*t) && tsp_word_load(&t->word);
}

/** copy_memory() - copy the entries that fit; -1, logged, if a tunnel would be lost */
static int copy_memory(const struct map_shape *old, const struct map_shape *new,
		       const char *from, char *to, const char *name)
{
	size_t both =
		old->max_entries < new->max_entries ? old->max_entries : new->max_entries;
	size_t n;

	for (n = both; n < old->max_entries; n++) {
		if (!is_tunnel(old, from, n))
			continue;
		log_msg(LOG_ERR, "%s: capacity is %u now, and lease %zu has a tunnel",
			name, new->max_entries - 1, n);
		errno = EINVAL;
		return -1;
	}
	memcpy(to, from, both * old->value_size);
	return 0;
}

/** bytes_of() - the length of an array's memory */
static size_t bytes_of(const struct map_shape *shape)
{
	return (size_t)shape->max_entries * shape->value_size;
}

/** copy_array() - copy an array by its memory; -1, logged */
static int copy_array(int from, int to, const struct map_shape *old,
		      const struct map_shape *new, const char *name)
{
	size_t old_len = bytes_of(old), new_len = bytes_of(new);
	char *a = map_memory(from, old_len, false), *b = map_memory(to, new_len, true);
	int result = -1;

	if (a && b)
		result = copy_memory(old, new, a, b, name);
	else
		log_msg(LOG_ERR, "%s: %m", name);
	if (a)
		munmap(a, old_len);
	if (b)
		munmap(b, new_len);
	return result;
}

/**
 * resize_copy() - copy all entries of an array
 * @from:	Array that nobody else writes
 * @to:		New one, of another size and otherwise equal
 * @name:	For the log
 *
 * Return: 0; -1, logged, when @to is too small for the tunnels of @from, or errno says
 */
int resize_copy(int from, int to, const char *name)
{
	struct map_shape old, new;

	if (map_shape(from, &old) || map_shape(to, &new)) {
		log_msg(LOG_ERR, "%s: %m", name);
		return -1;
	}
	return copy_array(from, to, &old, &new, name);
}

/** index_all() - add an entry for each anonymous tunnel; -1, logged */
static int index_all(const struct tsp_tunnel *anon, uint32_t count,
		     struct tsp_bucket *buckets, const struct tsp_config *config)
{
	struct tsp_places places;
	uint64_t endpoint;
	uint32_t n;

	for (n = 1; n < count; n++) {
		endpoint = tsp_endpoint(tsp_word_load(&anon[n].word));
		if (!endpoint)
			continue;
		places =
			tsp_index_places(endpoint, config->id_key[1], config->index_mask);
		if (tsp_index_put(buckets, anon, places, n)) {
			log_msg(LOG_ERR, "tsp_anon_index: no place for lease %u", n);
			return -1;
		}
	}
	return 0;
}

/**
 * resize_index() - fill a new index, whose places depend on its size
 * @anon:	Tunnels of anonymous clients
 * @index:	New index
 * @config:	Configuration that has its size
 *
 * Return: 0; -1, logged
 */
int resize_index(int anon, int index, const struct tsp_config *config)
{
	size_t len = ((size_t)config->index_mask + 1) * sizeof(struct tsp_bucket),
	       from = 0;
	struct tsp_bucket *buckets = map_memory(index, len, true);
	struct tsp_tunnel *tunnels = NULL;
	struct map_shape shape;
	int result = -1;

	if (!map_shape(anon, &shape)) {
		from = (size_t)shape.max_entries * sizeof(*tunnels);
		tunnels = map_memory(anon, from, true);
	}
	if (buckets && tunnels)
		result = index_all(tunnels, shape.max_entries, buckets, config);
	else
		log_msg(LOG_ERR, "tsp_anon_index: %m");
	if (buckets)
		munmap(buckets, len);
	if (tunnels)
		munmap(tunnels, from);
	return result;
}
