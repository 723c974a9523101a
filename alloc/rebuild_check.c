/* SPDX-License-Identifier: MIT */
/* rebuild_check.c - find leases that a smaller allocation file would lose */
#include "alloc/rebuild.h"

/** struct beyond - rebuild_check() under way */
struct beyond {
	uint32_t capacity;
	struct rebuild *out;
};

/** look_beyond() - table_visitor(): is a lease beyond the new capacity still needed? */
static int look_beyond(uint32_t number, const struct lease *lease, const char *why,
		       void *context)
{
	struct beyond *b = context;

	(void)why;
	if (number <= b->capacity)
		return 0;
	if (lease && lease->state == LEASE_EXPIRED)
		b->out->forgotten++;
	if (lease && (lease->state == LEASE_FREE || lease->state == LEASE_EXPIRED))
		return 0;
	b->out->in_the_way = number;
	b->out->damaged = !lease;
	b->out->state = lease ? lease->state : LEASE_FREE;
	return 1;
}

/**
 * rebuild_check() - check that another capacity loses no lease that is needed
 * @t:		Table; nothing is changed
 * @capacity:	Leases of the new file
 * @out:	The lease in the way, and the number of expired leases to be forgotten
 *
 * Return: REBUILD_OK, REBUILD_IN_THE_WAY, REBUILD_ERROR
 */
enum rebuild_result rebuild_check(struct table *t, uint32_t capacity, struct rebuild *out)
{
	struct beyond b = {.capacity = capacity, .out = out};
	int r;

	*out = (struct rebuild){0};
	if (capacity >= t->capacity)
		return REBUILD_OK;
	r = table_each(t, look_beyond, &b);
	return r < 0 ? REBUILD_ERROR : r ? REBUILD_IN_THE_WAY : REBUILD_OK;
}
