/* SPDX-License-Identifier: MIT */
/*
 * conflict.c - other leases with the IPv4 endpoint of a claim
 *
 * A v6v4 tunnel has its IPv4 address to itself, a v6udpv4 tunnel its address and port towards
 * one address of the server. contest.c decides between a newcomer and a holder. A lease that
 * has ended, or whose session died, yields to anybody: the kernel may still have its tunnel.
 *
 * A displaced lease is held now and ended by store_accept(). If another session holds the
 * lease, the answer is 521.
 */
#include "alloc/conflict.h"

#include <errno.h>

#include "alloc/contest.h"
#include "alloc/index.h"
#include "alloc/slot.h"

/**
 * struct other - a lease that names the endpoint of the wish
 * @lease:	As in the file
 * @conflicts:	It is active, or offered by a living session, at this endpoint
 * @known:	What is known about its client, if it conflicts
 * @leftover:	It has ended, but its tunnel with this endpoint may still be up
 */
struct other {
	struct lease lease;
	bool conflicts;
	enum contest_holder known;
	bool leftover;
};

/** has_wished() - a tunnel has the endpoint of the wish */
static bool has_wished(const struct lease_tunnel *tunnel, const struct store_wish *wish)
{
	return lease_has_place(tunnel, &wish->endpoint, wish->server);
}

/** add_conflict() - a tunnel of the lease is in force at this endpoint */
static void add_conflict(struct other *o, enum lease_state state,
			 const struct lease_tunnel *tunnel)
{
	enum contest_holder known = contest_holder(state, tunnel);

	if (!o->conflicts || known > o->known)
		o->known = known;
	o->conflicts = true;
}

/** judge() - set conflicts and leftover from o->lease; @held: by another session */
static void judge(const struct store_wish *wish, bool held, time_t now, struct other *o)
{
	const struct lease *lease = &o->lease;
	struct lease in_force = *lease;

	if (!held)
		lease_settle(&in_force);
	if ((in_force.state == LEASE_OFFERED || lease_is_active(&in_force, now)) &&
	    has_wished(&in_force.tunnel, wish))
		add_conflict(o, in_force.state, &in_force.tunnel);
	if (in_force.before.expires > now && has_wished(&in_force.before, wish))
		add_conflict(o, in_force.before_state, &in_force.before);

	if (lease_in_use(lease))
		o->leftover = !o->conflicts && (has_wished(&lease->tunnel, wish) ||
						has_wished(&lease->before, wish));
}

/** wins() - the wish gets the endpoint of a lease that conflicts with it */
static bool wins(const struct store *store, const struct store_wish *wish,
		 enum pool_kind pool, const struct other *o)
{
	const struct contest c = {.proven = !wish->unproven,
				  .newcomer = wish->pool,
				  .holder = pool,
				  .known = o->known,
				  .mode = wish->mode,
				  .rule = store->config->conflict};

	return contest_newcomer_wins(&c);
}

/** displace() - hold a conflicting lease */
static enum store_result displace(struct store *store, enum pool_kind pool,
				  const struct lease *lease, struct store_claim *claim)
{
	enum store_result r;

	if (claim->displaced_count == STORE_DISPLACED_MAX)
		return STORE_IN_USE;
	r = store_hold(&store->tables[pool], lease, claim);
	if (r == STORE_OK)
		claim->displaced[claim->displaced_count++] =
			(struct store_ref){pool, *lease};
	return r;
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
	if (o.conflicts && !wins(store, wish, pool, &o))
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
		if (pool != claim->pool ||
		    numbers[i] != claim->lease.number) /* the same client wins */
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
 * per_address present clients already; STORE_ERROR
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
