/* SPDX-License-Identifier: MIT */
/*
 * blocklist.c - IPv4 addresses whose packets the programs drop, both ways
 *
 * The list is the file "blocked" beside tsp.conf, one address or range per line, so that
 * it survives a reboot. Every change and every start makes the map equal to the file. They
 * hold the lock on the maps meanwhile, so the last one to write the map has read the last
 * file.
 *
 * Only root writes both. The broker's user owns the state directory and may write
 * tunnels, but must not unblock an address that root has blocked.
 */
#include "datapath/blocklist.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "datapath/bpf/maps.h"
#include "datapath/datapath.h"
#include "datapath/entries.h"
#include "datapath/map.h"
#include "datapath/pinned.h"
#include "datapath/pins.h"
#include "lib/addr.h"
#include "lib/array.h"
#include "lib/atomic_file.h"
#include "lib/exit.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/prefix.h"

#define MODE     0644
#define TEXT_LEN 19 /* "255.255.255.255/32" and NUL */

/** struct list - ranges, sorted when complete */
struct list {
	struct tsp_block *items;
	size_t count, room;
};

/** path_of() - name of the file; -1 with errno */
static int path_of(const struct config *config, char out[PATH_MAX])
{
	const char *slash = strrchr(config->path, '/');
	int len = slash ? (int)(slash - config->path) + 1 : 0;

	return file_path(out, "%.*sblocked", len, config->path);
}

/** parse() - an address, or a range without bits behind its length; -1 with EINVAL */
static int parse(const char *text, struct tsp_block *out)
{
	struct prefix4 range = {.len = 32};

	if (inet_pton(AF_INET, text, &range.addr) != 1 && prefix4_parse(text, &range)) {
		errno = EINVAL;
		return -1;
	}
	*out = (struct tsp_block){.len = range.len, .ipv4 = range.addr.s_addr};
	return 0;
}

/** format() - an address, or a range */
static void format(const struct tsp_block *b, char out[TEXT_LEN])
{
	char text[INET_ADDRSTRLEN];

	addr_format4((struct in_addr){b->ipv4}, text);
	if (b->len == 32)
		snprintf(out, TEXT_LEN, "%s", text);
	else
		snprintf(out, TEXT_LEN, "%s/%u", text, b->len);
}

static bool is_same(const struct tsp_block *a, const struct tsp_block *b)
{
	return a->len == b->len && a->ipv4 == b->ipv4;
}

/** compare() - an order for qsort() and bsearch() */
static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct tsp_block));
}

/** has() - the sorted list contains exactly this range */
static bool has(const struct list *l, const struct tsp_block *b)
{
	return l->count && bsearch(b, l->items, l->count, sizeof(*b), compare);
}

/** add() - add a range; -1 with errno: ENOSPC when the map is full */
static int add(struct list *l, const struct tsp_block *b)
{
	struct tsp_block *more;

	errno = ENOSPC;
	if (l->count == TSP_MAX_BLOCKED)
		return -1;
	more = array_room(l->items, l->count, &l->room, sizeof(*more));
	if (!more)
		return -1;
	l->items = more;
	l->items[l->count++] = *b;
	return 0;
}

/** read_list() - read the file's lines, without blank ones and comments; -1, logged */
static int read_list(FILE *from, const char *path, struct list *out)
{
	char line[512];
	unsigned number;
	struct tsp_block b;

	for (number = 1; fgets(line, sizeof(line), from); number++) {
		line[strcspn(line, "#\r\n")] = '\0';
		line[strcspn(line, " \t")] = '\0';
		if (!*line)
			continue;
		if (parse(line, &b) || add(out, &b)) {
			log_msg(LOG_ERR, "%s:%u: '%s': %m", path, number, line);
			return -1;
		}
	}
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare);
	if (!ferror(from))
		return 0;
	log_msg(LOG_ERR, "%s: %m", path);
	return -1;
}

/** load() - read the file, if it exists; -1, logged */
static int load(const struct config *config, struct list *out)
{
	char path[PATH_MAX];
	FILE *f;
	int r;

	f = path_of(config, path) ? NULL : fopen(path, "re");
	if (!f && errno == ENOENT)
		return 0;
	if (!f) {
		log_msg(LOG_ERR, "%s: %m", path);
		return -1;
	}
	r = read_list(f, path, out);
	fclose(f);
	return r;
}

/** drop_others() - delete entries that are not in the list; -1 with errno */
static int drop_others(int map, const struct list *wanted)
{
	struct list present = {.items = NULL};
	struct tsp_block key;
	const void *from = NULL;
	int r = 0;
	size_t i;

	while (!r && !map_next(map, from, &key)) {
		r = add(&present, &key);
		from = &key;
	}
	for (i = 0; i < present.count && !r; i++) {
		if (!has(wanted, &present.items[i]))
			r = map_delete(map, &present.items[i]);
	}
	free(present.items);
	return r;
}

/** write_map() - make the map equal to the list; -1 with errno */
static int write_map(int map, struct tsp_shared *shared, const struct list *list)
{
	const uint64_t value = 1;
	size_t i;

	if (list->count)
		__atomic_store_n(&shared->blocking, 1, __ATOMIC_RELEASE);
	if (drop_others(map, list))
		return -1;
	for (i = 0; i < list->count; i++) {
		if (map_update(map, &list->items[i], &value))
			return -1;
	}
	__atomic_store_n(&shared->blocking, list->count > 0, __ATOMIC_RELEASE);
	return 0;
}

/**
 * blocklist_apply() - make the map equal to the file
 * @config:	Configuration
 * @shared:	Map tsp_shared, to write
 * @blocked:	Map tsp_blocked, to write
 *
 * The caller has the lock on the maps.
 *
 * Return: 0; -1, logged
 */
int blocklist_apply(const struct config *config, int shared, int blocked)
{
	struct list list = {.items = NULL};
	struct tsp_shared *memory;
	int r = load(config, &list);

	if (!r) {
		memory = map_memory(shared, sizeof(*memory), true);
		r = memory ? write_map(blocked, memory, &list) : -1;
		if (r)
			log_msg(LOG_ERR, "blocked addresses: %m");
		if (memory)
			munmap(memory, sizeof(*memory));
	}
	free(list.items);
	return r;
}

/** open_pinned() - a map to write; -1, logged */
static int open_pinned(const char *device, enum pinned_id id)
{
	char path[PINS_PATH_LEN];
	int fd;

	pins_path(device, pinned_maps[id].name, path);
	fd = map_open(path, true);
	if (fd < 0)
		log_msg(LOG_ERR, "%s: %m", path);
	return fd;
}

/** apply_pinned() - blocklist_apply() to the pinned maps; -1, logged */
static int apply_pinned(const struct config *config)
{
	int shared = open_pinned(config->device, PINNED_SHARED), blocked, r = -1;

	if (shared < 0)
		return -1;
	blocked = open_pinned(config->device, PINNED_BLOCKED);
	if (blocked >= 0) {
		r = blocklist_apply(config, shared, blocked);
		close(blocked);
	}
	close(shared);
	return r;
}

/** apply() - make the map equal to the file, if the data path runs; exit status */
static int apply(const struct config *config)
{
	int r, lock;

	if (!entries_exist(config->device)) {
		log_msg(LOG_NOTICE, "%s: not started: the list applies when it is",
			config->device);
		return EXIT_SERVED;
	}
	lock = pins_lock(config->device, LOCK_EX);
	if (lock < 0) {
		log_msg(LOG_ERR, "the lock of the maps: %m");
		return EXIT_RUN_TIME;
	}
	r = apply_pinned(config);
	close(lock);
	return r ? EXIT_RUN_TIME : EXIT_SERVED;
}

/** rewrite() - write the file anew with @b added or removed; -1 with errno */
static int rewrite(struct atomic_file *file, const struct tsp_block *b, bool with)
{
	char line[512], word[80], text[TEXT_LEN];
	struct tsp_block other;

	while (fgets(line, sizeof(line), file->old)) {
		if (sscanf(line, "%79[^# \t\r\n]", word) == 1 && !parse(word, &other) &&
		    is_same(&other, b))
			continue;
		if (fputs(line, file->new) < 0)
			return -1;
	}
	format(b, text);
	return ferror(file->old) || (with && fprintf(file->new, "%s\n", text) < 0) ? -1
										   : 0;
}

/** change() - change the file, then the map; exit status, logged */
static int change(const struct config *config, const char *text, bool with)
{
	struct list list = {.items = NULL};
	struct atomic_file file;
	char path[PATH_MAX];
	struct tsp_block b;
	bool there;
	int r = EXIT_RUN_TIME;

	if (parse(text, &b)) {
		log_msg(LOG_ERR, "no IPv4 address or range: '%s'", text);
		return EXIT_USAGE;
	}
	if (path_of(config, path) || atomic_file_begin(&file, path, MODE, true)) {
		log_msg(LOG_ERR, "%s: %m", path);
		return EXIT_RUN_TIME;
	}
	if (!read_list(file.old, path, &list)) {
		there = has(&list, &b);
		if (!with && !there)
			log_msg(LOG_ERR, "not blocked: '%s'", text);
		r = with || there ? EXIT_SERVED : DATAPATH_NO;
	}
	free(list.items);
	if (r) {
		atomic_file_abort(&file);
		return r;
	}
	if (fseek(file.old, 0, SEEK_SET) || rewrite(&file, &b, with)) {
		log_msg(LOG_ERR, "%s: %m", path);
		atomic_file_abort(&file);
		return EXIT_RUN_TIME;
	}
	if (!atomic_file_commit(&file))
		return apply(config);
	log_msg(LOG_ERR, "%s: %m", path);
	return EXIT_RUN_TIME;
}

/** blocklist_add() - block a range, permanently; exit status, logged */
int blocklist_add(const struct config *config, const char *text)
{
	return change(config, text, true);
}

/** blocklist_remove() - unblock a range; DATAPATH_NO if it is not blocked */
int blocklist_remove(const struct config *config, const char *text)
{
	return change(config, text, false);
}

/** blocklist_print() - print the list; exit status, logged */
int blocklist_print(const struct config *config)
{
	struct list list = {.items = NULL};
	char text[TEXT_LEN];
	int r = load(config, &list);
	size_t i;

	for (i = 0; i < list.count && !r; i++) {
		format(&list.items[i], text);
		puts(text);
	}
	free(list.items);
	return r ? EXIT_RUN_TIME : EXIT_SERVED;
}
