/* SPDX-License-Identifier: MIT */
/* entries.h - the memory of the data path's maps, to read and write tunnels */
#ifndef DATAPATH_ENTRIES_H
#define DATAPATH_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "datapath/bpf/anon_index.h"
#include "datapath/seen.h"

/**
 * struct entries - the maps, opened
 * @shared:		Configuration of the last start
 * @users:		Tunnels by lease number
 * @anon:		The same of anonymous clients
 * @users_count:	Entries of that array: the highest lease number is one less
 * @anon_count:		The same of anonymous clients
 * @users_seen:		Their counters; set @ahead to read many at once
 * @anon_seen:		The same of anonymous clients
 * @index:		From the endpoint of an anonymous client to its lease number
 * @counters:		Map of counters
 * @lock:		Keeps the maps from being replaced by larger ones
 */
struct entries {
	struct tsp_shared shared;
	struct tsp_tunnel *users, *anon;
	struct tsp_bucket *index;
	uint32_t users_count, anon_count, index_count;
	struct seen users_seen, anon_seen;
	int counters, lock;
};

bool entries_exist(const char *device);
int entries_open(struct entries *e, const char *device);
void entries_close(struct entries *e);

#endif
