/* SPDX-License-Identifier: MIT */
/* stats.h - a pool in numbers */
#ifndef ALLOC_STATS_H
#define ALLOC_STATS_H

#include <stdint.h>
#include <time.h>

#include "alloc/table.h"

/**
 * struct stats - leases of a pool, by what they are now
 * @capacity:	All of them; the next five are its parts
 * @active:	In force
 * @offered:	A session is at work on them
 * @expired:	Over, kept for their owners; also what ran out and was not ended yet
 * @probe_max:	How far, in lines, a lease is from where its owner's hash points
 * @probe_sum:	The same of all @probes leases that have an owner
 */
struct stats {
	uint32_t capacity;
	uint32_t active, offered, expired, free, damaged;
	uint32_t probes, probe_max;
	uint64_t probe_sum;
};

int stats_read(struct table *t, time_t now, struct stats *out);

#endif
