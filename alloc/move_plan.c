/* SPDX-License-Identifier: MIT */
/*
 * move_plan.c - which addresses each lease gets when the ranges of its pool change
 *
 * A user's addresses follow from the number of the lease. If link and prefix change in
 * different ways, no number keeps both, and the prefix counts more: a network has more
 * addresses than a tunnel. Active leases whose addresses do not change keep their numbers.
 * The others get the first of these that no lease before them has got:
 *
 *	1. the number whose prefix begins where the lease's prefix begins
 *	2. the number whose link the lease has
 *	3. the same number
 *	4. a number as for a new lease (place.c), when the new file is written
 *
 * An expired lease promises its owner the same addresses. If they change, the promise is
 * void, and a line with the old owner would say that the owner had addresses that were not
 * given to anybody yet: the lease is forgotten.
 */
#include "alloc/move_plan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/log.h"

/** same_addresses() - two leases have the same addresses, before and after */
static bool same_addresses(const struct move_plan *plan, const struct lease *old,
			   const struct lease *new)
{
	struct pool_addresses a, b;

	pool_addresses_of(plan->before, plan->pool, old->number, &old->tunnel, &a);
	pool_addresses_of(plan->after, plan->pool, new->number, &new->tunnel, &b);
	return !memcmp(&a.server, &b.server, sizeof(a.server)) &&
	       !memcmp(&a.client, &b.client, sizeof(a.client)) &&
	       a.prefix.len == b.prefix.len &&
	       !memcmp(&a.prefix.addr, &b.prefix.addr, sizeof(a.prefix.addr));
}

/** fit_prefix_len() - a lease's prefix length, as far as the new ranges allow it */
static uint8_t fit_prefix_len(const struct move_plan *plan, uint8_t len)
{
	const struct pool_config *pool = pool_config(plan->after, plan->pool);

	if (plan->pool != POOL_USERS || !len || !pool->prefix.len)
		return 0;
	return len < pool->delegate ? pool->delegate : len;
}

/**
 * move_plan_lease() - an active lease after the move
 * @plan:	Plan
 * @item:	Its item, with its new number
 * @old:	Lease as in the old file
 * @out:	Result; a tunnel with other addresses begins at the time of the move
 */
void move_plan_lease(const struct move_plan *plan, const struct move_item *item,
		     const struct lease *old, struct lease *out)
{
	*out = *old;
	lease_settle(out);
	out->number = item->to;
	out->tunnel.prefix_len = fit_prefix_len(plan, out->tunnel.prefix_len);
	if (item->changes)
		out->tunnel.granted = plan->now;
}

/** number_of() - the number that an address of the users pool leads to; 0: none */
static uint32_t number_of(const struct move_plan *plan, const struct in6_addr *address)
{
	struct pool_match match;

	return pool_find(plan->after, address, &match) && match.kind == POOL_USERS
		       ? match.number
		       : 0;
}

/** wish() - set the numbers that would keep a part of an active lease's addresses */
static void wish(const struct move_plan *plan, const struct lease *lease,
		 struct move_item *item)
{
	struct pool_addresses old, new;
	uint8_t len = fit_prefix_len(plan, lease->tunnel.prefix_len);
	uint32_t number;

	item->wants[2] = lease->number;
	if (plan->pool != POOL_USERS)
		return;
	pool_addresses_of(plan->before, plan->pool, lease->number, &lease->tunnel, &old);
	number = old.prefix.len && len ? number_of(plan, &old.prefix.addr) : 0;
	pool_users_addresses(&plan->after->users_pool, number, len, &new);
	if (number &&
	    !memcmp(&old.prefix.addr, &new.prefix.addr, sizeof(old.prefix.addr)))
		item->wants[0] = number;
	number = number_of(plan, &old.client);
	pool_users_addresses(&plan->after->users_pool, number, 0, &new);
	if (number && !memcmp(&old.client, &new.client, sizeof(old.client)))
		item->wants[1] = number;
}

/** fate() - decide what becomes of a lease; @same: its number and addresses can stay */
static enum move_fate fate(const struct move_plan *plan, const struct lease *lease,
			   const struct lease *settled, bool same)
{
	if (lease_is_active(settled, plan->now))
		return same && lease->state != LEASE_OFFERED ? MOVE_STAYS : MOVE_MOVES;
	if (lease->state == LEASE_EXPIRED)
		return same ? MOVE_STAYS : MOVE_FORGOTTEN;
	return MOVE_ENDS;
}

/** describe() - the item of a lease, with its wishes */
static struct move_item describe(const struct move_plan *plan, const struct lease *lease)
{
	struct move_item item = {.from = lease->number};
	struct lease settled = *lease;
	bool same = lease->number <= pool_config(plan->after, plan->pool)->capacity;

	lease_settle(&settled);
	same = same && same_addresses(plan, &settled, &settled);
	item.fate = (unsigned char)fate(plan, lease, &settled, same);
	item.active = lease_is_active(&settled, plan->now);
	item.prefix_len = settled.tunnel.prefix_len;
	item.endpoint = settled.tunnel.endpoint;
	if (item.fate == MOVE_MOVES)
		wish(plan, &settled, &item);
	else if (same)
		item.to = lease->number;
	return item;
}

/** add() - table_visitor(): add a lease to the plan; 0, 1 at a damaged line, -1 with errno */
static int add(uint32_t number, const struct lease *lease, const char *why, void *context)
{
	struct move_plan *plan = context;
	struct move_item *more;

	(void)why;
	if (!lease) {
		plan->damaged = number;
		return 1;
	}
	if (lease->state == LEASE_FREE)
		return 0;
	more = array_room(plan->items, plan->count, &plan->size, sizeof(*more));
	if (!more)
		return -1;
	plan->items = more;
	more += plan->count++;
	*more = describe(plan, lease);
	plan->counts[more->fate]++;
	plan->active += more->active;
	return 0;
}

/** grant() - fulfil wishes of one kind for numbers that no lease has yet */
static void grant(struct move_plan *plan, uint32_t capacity, bool *taken, int kind)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		struct move_item *item = &plan->items[i];
		uint32_t number = item->wants[kind];

		if (item->fate != MOVE_MOVES || item->to || !number)
			continue;
		if (number > capacity) {
			if (kind == 0 && number > plan->wanted)
				plan->wanted = number;
		} else if (!taken[number]) {
			taken[number] = true;
			item->to = number;
		}
	}
}

/** evict() - an expired lease gives way to an active one that keeps addresses there */
static void evict(struct move_plan *plan, const bool *taken)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		struct move_item *item = &plan->items[i];

		if (item->active || !item->to || !taken[item->to])
			continue;
		item->to = 0;
		if (item->fate != MOVE_STAYS)
			continue;
		item->fate = MOVE_FORGOTTEN;
		plan->counts[MOVE_STAYS]--;
		plan->counts[MOVE_FORGOTTEN]++;
	}
}

/** compare() - find the leases that get other addresses: all without a number do */
static void compare(struct move_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		struct move_item *item = &plan->items[i];
		struct lease old = {.number = item->from,
				    .tunnel = {.prefix_len = item->prefix_len,
					       .endpoint = item->endpoint}};
		struct lease new = old;

		if (item->fate != MOVE_MOVES)
			continue;
		item->keeps_prefix = item->to && item->to == item->wants[0];
		new.number = item->to;
		new.tunnel.prefix_len = fit_prefix_len(plan, item->prefix_len);
		item->changes = (plan->pool == POOL_USERS && !item->to) ||
				!same_addresses(plan, &old, &new);
		plan->changed += item->changes;
	}
}

/** assign() - give active leases their new numbers; 0, or -1 with errno, logged */
static int assign(struct move_plan *plan)
{
	uint32_t capacity = pool_config(plan->after, plan->pool)->capacity;
	bool *taken = calloc((size_t)capacity + 1, sizeof(*taken));
	size_t i;
	int kind;

	if (!taken) {
		log_msg(LOG_ERR, "%m");
		return -1;
	}
	for (i = 0; i < plan->count; i++) {
		if (plan->items[i].fate == MOVE_STAYS && plan->items[i].active)
			taken[plan->items[i].to] = true;
	}
	for (kind = 0; kind < 3; kind++)
		grant(plan, capacity, taken, kind);
	evict(plan, taken);
	free(taken);
	compare(plan);
	return 0;
}

/**
 * move_plan_make() - plan what becomes of all leases of a file
 * @plan:	Plan: before, after, pool and now are set. Goes to move_plan_free().
 * @t:		The file. Unless all its leases are held, they can change after the plan.
 *
 * Return: 0, also if a damaged line prevents it; -1 with errno, logged
 */
int move_plan_make(struct move_plan *plan, struct table *t)
{
	int r;

	plan->count = 0;
	plan->active = plan->changed = plan->wanted = plan->damaged = 0;
	memset(plan->counts, 0, sizeof(plan->counts));
	r = table_each(t, add, plan);
	if (r < 0)
		log_msg(LOG_ERR, "%s: %m", t->path);
	return r ? (r < 0 ? -1 : 0) : assign(plan);
}

/** move_plan_fits() - the new ranges have room for all active leases */
bool move_plan_fits(const struct move_plan *plan)
{
	return plan->active <= pool_config(plan->after, plan->pool)->capacity;
}

/** move_plan_free() - free the items */
void move_plan_free(struct move_plan *plan)
{
	free(plan->items);
	plan->items = NULL;
	plan->count = plan->size = 0;
}
