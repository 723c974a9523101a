/* SPDX-License-Identifier: MIT */
/* move_plan.h - which addresses each lease gets when the ranges of its pool change */
#ifndef ALLOC_MOVE_PLAN_H
#define ALLOC_MOVE_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "alloc/table.h"
#include "lib/config.h"

/** enum move_fate - what becomes of a lease that is not free */
enum move_fate {
	MOVE_STAYS,     /* its line is copied: number and addresses are the same */
	MOVE_MOVES,     /* active; gets another number or other addresses */
	MOVE_ENDS,      /* over; its tunnel may be there, and is taken down */
	MOVE_FORGOTTEN, /* expired; its owner gets other addresses at the next login */
};

/** struct move_item - a lease that is not free, in the order of the old file */
struct move_item {
	uint32_t from; /* its number */
	uint32_t to;   /* its new number; 0: as for a new lease, or forgotten */
	unsigned char fate;
	bool active;       /* accepted, and its time has not run out */
	bool changes;      /* MOVE_MOVES: other addresses, not only another number */
	bool keeps_prefix; /* MOVE_MOVES: the first address of its prefix stays */
	bool down;         /* for the caller: its old tunnel is down */
	uint32_t wants[3]; /* numbers with its prefix, its link, its number; 0: none */
	uint8_t prefix_len;
	struct endpoint endpoint;
};

/**
 * struct move_plan - a pool's leases before and after
 * @before:	Configuration with the old ranges
 * @after:	Configuration with the new ranges and the new capacity
 * @pool:	Pool
 * @now:	Time
 * @items:	Leases, in the order of their old numbers
 * @counts:	Leases of each fate
 * @active:	Leases that have not ended
 * @changed:	Active leases that get other addresses
 * @wanted:	Capacity that would let all leases keep the prefixes that fit; 0: the new one
 * @damaged:	A damaged line: nothing can be planned; 0: none
 */
struct move_plan {
	const struct config *before, *after;
	enum pool_kind pool;
	time_t now;
	struct move_item *items;
	size_t count, size;
	uint32_t counts[MOVE_FORGOTTEN + 1];
	uint32_t active, changed, wanted, damaged;
};

int move_plan_make(struct move_plan *plan, struct table *t);
void move_plan_free(struct move_plan *plan);
bool move_plan_fits(const struct move_plan *plan);
void move_plan_lease(const struct move_plan *plan, const struct move_item *item,
		     const struct lease *old, struct lease *out);

#endif
