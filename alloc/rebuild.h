/* SPDX-License-Identifier: MIT */
/* rebuild.h - put another allocation file with the same leases in a file's place */
#ifndef ALLOC_REBUILD_H
#define ALLOC_REBUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "alloc/table.h"

/** enum rebuild_result - how it ended; the old file stays but for REBUILD_OK */
enum rebuild_result {
	REBUILD_OK,
	REBUILD_IN_THE_WAY, /* a lease beyond the new capacity is not over */
	REBUILD_BUSY,       /* another process is doing the same */
	REBUILD_SESSIONS,   /* sessions held leases all the time */
	REBUILD_LOSSES,     /* more leases would be lost than may be */
	REBUILD_ERROR,      /* errno and a log line say what */
};

/**
 * struct rebuild - what there is to say about it
 * @in_the_way:	REBUILD_IN_THE_WAY: number of the first such lease ...
 * @state:	... its state
 * @damaged:	... or its line is damaged
 * @forgotten:	Leases beyond the new capacity that were over, and had owners
 * @lost:	Of format 1: leases whose owner cannot be read
 */
struct rebuild {
	uint32_t in_the_way;
	enum lease_state state;
	bool damaged;
	uint32_t forgotten;
	uint32_t lost;
};

enum rebuild_result rebuild_check(struct table *t, uint32_t capacity,
				  struct rebuild *out);
enum rebuild_result rebuild_table(struct table *t, uint32_t capacity,
				  const struct pool_ranges *ranges, unsigned wait_seconds,
				  struct rebuild *out);
enum rebuild_result rebuild_convert(struct table *t, const struct pool_ranges *ranges,
				    uint32_t may_lose, unsigned wait_seconds,
				    struct rebuild *out);

#endif
