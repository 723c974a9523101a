/* SPDX-License-Identifier: MIT */
/* stats.h - a pool in numbers */
#ifndef ALLOC_STATS_H
#define ALLOC_STATS_H

#include <stdint.h>
#include <time.h>

#include "alloc/table.h"

/**
 * struct stats - leases of a pool by current state
 * @capacity:	Total; the next five add up to it
 * @active:	In force
 * @offered:	Held by a session
 * @expired:	Kept for their owners; includes leases past their expiry but not yet ended
 * @probe_max:	Maximum probe distance, in lines
 * @probe_sum:	Sum of the probe distances of all @probes leases with an owner
 */
struct stats {
	uint32_t capacity;
	uint32_t active, offered, expired, free, damaged;
	uint32_t probes, probe_max;
	uint64_t probe_sum;
};

int stats_read(struct table *t, time_t now, struct stats *out);

#endif
