/* SPDX-License-Identifier: MIT */
/* map.h - maps by bpf(2): open a pinned one, read and write it */
#ifndef DATAPATH_MAP_H
#define DATAPATH_MAP_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAP_RUN_MAX 256 /* keys of map_lookup_run() */

/** struct map_shape - type and sizes of a map */
struct map_shape {
	uint32_t type, key_size, value_size, max_entries, flags;
};

int map_open(const char *path, bool write);
int map_shape(int fd, struct map_shape *out);
int map_lookup(int fd, const void *key, void *value);
int map_lookup_run(int fd, uint32_t first, uint32_t count, void *values);
int map_update(int fd, const void *key, const void *value);
int map_delete(int fd, const void *key);
int map_next(int fd, const void *key, void *next);
void *map_memory(int fd, size_t len, bool write);

#endif
