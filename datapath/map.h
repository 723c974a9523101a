/* SPDX-License-Identifier: MIT */
/* map.h - maps by bpf(2): open a pinned one, read and write it */
#ifndef DATAPATH_MAP_H
#define DATAPATH_MAP_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int map_open(const char *path, bool write);
int map_info(int fd, struct bpf_map_info *out);
int map_lookup(int fd, const void *key, void *value);
int map_update(int fd, const void *key, const void *value, uint64_t flags);
int map_next(int fd, const void *key, void *next);
int map_delete(int fd, const void *key);
void *map_memory(int fd, size_t len, bool write);

#endif
