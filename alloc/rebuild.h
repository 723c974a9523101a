/* SPDX-License-Identifier: MIT */
/* rebuild.h - replace an allocation file by one with the same leases */
#ifndef ALLOC_REBUILD_H
#define ALLOC_REBUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "alloc/table.h"

/** enum rebuild_result - outcome; only REBUILD_OK replaces the old file */
enum rebuild_result {
	REBUILD_OK,
	REBUILD_IN_THE_WAY, /* a lease beyond the new capacity has not ended */
	REBUILD_BUSY,       /* another process is rebuilding the file */
	REBUILD_SESSIONS,   /* sessions kept holding leases */
	REBUILD_LOSSES,     /* more leases would be lost than allowed */
	REBUILD_ERROR,      /* errno is set, the error is logged */
};

/**
 * struct rebuild - details of the outcome
 * @in_the_way:	REBUILD_IN_THE_WAY: number of the first such lease ...
 * @state:	... its state
 * @damaged:	... or its line is damaged
 * @forgotten:	Ended leases with an owner beyond the new capacity
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
enum rebuild_result rebuild_lock_idle(struct table *t, unsigned wait_seconds);
enum rebuild_result rebuild_table(struct table *t, uint32_t capacity,
				  const struct pool_ranges *ranges, unsigned wait_seconds,
				  struct rebuild *out);
enum rebuild_result rebuild_convert(struct table *t, const struct pool_ranges *ranges,
				    uint32_t may_lose, unsigned wait_seconds,
				    struct rebuild *out);

#endif
