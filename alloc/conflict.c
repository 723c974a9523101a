/* SPDX-License-Identifier: MIT */
/*
 * conflict.c - other leases with the IPv4 endpoint of a claim
 *
 * A v6v4 tunnel has its IPv4 address to itself, a v6udpv4 tunnel its address and port; as
 * ports and modes go together, two tunnels conflict just when their endpoints are equal.
 *
 *	the wish is	the other is	result
 *	a user's	anonymous	displaced: people register after trying
 *	a user's	a user's	506, or displaced with conflict = replace
 *	anonymous	a user's	506: an account is the better proof
 *	anonymous	anonymous	one lease, as the endpoint is the owner
 *	any		ended, or left by a dead session: displaced, since the kernel
 *			may still have its tunnel
 *
 * A displaced lease is held now and ended by store_accept(). If another session holds the
 * lease, the answer is 521.
 */
#include "alloc/conflict.h"

#include <errno.h>

#include "alloc/index.h"
#include "alloc/slot.h"
#include "lib/endpoint.h"

/**
 * struct other - a lease that names the endpoint of the wish
 * @lease:	As in the file
 * @conflicts:	It is active, or offered by a living session, at this endpoint
 * @leftover:	It has ended, but its tunnel with this endpoint may still be up
 */
struct other {
	struct lease lease;
	bool conflicts;
	bool leftover;
};

/** judge() - set conflicts and leftover from o->lease; @held: by another session */
static void judge(const struct store_wish *wish, bool held, time_t now, struct other *o)
{
	const struct lease *lease = &o->lease;
	struct lease in_force = *lease;

	if (!held)
		lease_settle(&in_force);
	if (in_force.state == LEASE_OFFERED || lease_is_active(&in_force, now))
		o->conflicts = endpoint_equal(&in_force.tunnel.endpoint, &wish->endpoint);
	if (in_force.before.mode != TUNNEL_NONE && in_force.before.expires > now)
		o->conflicts |=
			endpoint_equal(&in_force.before.endpoint, &wish->endpoint);

	if (lease_in_use(lease))
		o->leftover =
			!o->conflicts &&
			(endpoint_equal(&lease->tunnel.endpoint, &wish->endpoint) ||
			 (lease->before.mode != TUNNEL_NONE &&
			  endpoint_equal(&lease->before.endpoint, &wish->endpoint)));
}

/** may_displace() - the table at the top of this file */
static bool may_displace(const struct store *store, enum pool_kind wish,
			 enum pool_kind other)
{
	if (other == POOL_ANONYMOUS)
		return true;
	return wish == POOL_USERS && store->config->conflict == CONFLICT_REPLACE;
}

/** displace() - hold a conflicting lease */
static enum store_result displace(struct store *store, enum pool_kind pool,
				  const struct lease *lease, struct store_claim *claim)
{
	if (claim->displaced_count == STORE_DISPLACED_MAX)
		return STORE_IN_USE;
	if (table_hold(&store->tables[pool], lease->number))
		return errno == EAGAIN ? STORE_CLAIMED : STORE_ERROR;
	claim->displaced[claim->displaced_count++] = (struct store_ref){pool, *lease};
	return STORE_OK;
}

/** check_lease() - check one candidate of the index */
static enum store_result check_lease(struct store *store, enum pool_kind pool,
				     uint32_t number, const struct store_wish *wish,
				     time_t now, struct store_claim *claim)
{
	struct table *t = &store->tables[pool];
	struct other o = {0};
	int held;

	if (table_read(t, number, &o.lease)) /* damaged lines are out of use */
		return errno == EBADMSG ? STORE_OK : STORE_ERROR;
	held = table_is_held(t, number);
	if (held < 0)
		return STORE_ERROR;

	judge(wish, held, now, &o);
	if (o.conflicts && !may_displace(store, wish->pool, pool))
		return STORE_IN_USE;
	if (o.conflicts || o.leftover)
		return displace(store, pool, &o.lease, claim);
	return STORE_OK;
}

/** check_table() - check all candidates of one file */
static enum store_result check_table(struct store *store, enum pool_kind pool,
				     const struct store_wish *wish, time_t now,
				     struct store_claim *claim)
{
	struct table *t = &store->tables[pool];
	uint32_t numbers[INDEX_WINDOW_ENTRIES];
	enum store_result r = STORE_OK;
	int i, n = index_find(t, index_endpoint_key(t, &wish->endpoint), numbers);

	if (n < 0)
		return STORE_ERROR;
	for (i = 0; i < n && r == STORE_OK; i++) {
		if (pool != claim->pool || numbers[i] != claim->lease.number)
			r = check_lease(store, pool, numbers[i], wish, now, claim);
	}
	return r;
}

/**
 * conflict_check() - decide whether the wish may have its endpoint
 * @store:	Both files locked
 * @wish:	Wish
 * @now:	Time
 * @claim:	Pool, and lease.number of the owner's lease (0: none), which does not
 *		conflict, with its line in @before; result: displaced leases, held even
 *		on errors, and the slot
 *
 * Return: STORE_OK; STORE_IN_USE; STORE_CLAIMED; STORE_FULL when the address has
 * per_address tunnels already; STORE_ERROR
 */
enum store_result conflict_check(struct store *store, const struct store_wish *wish,
				 time_t now, struct store_claim *claim)
{
	enum store_result r = STORE_OK;

	POOL_EACH(pool) {
		if (r == STORE_OK && store->tables[pool].fd >= 0)
			r = check_table(store, pool, wish, now, claim);
	}
	if (r == STORE_OK)
		r = slot_find(store, wish, now, claim, &claim->slot);
	return r;
}
