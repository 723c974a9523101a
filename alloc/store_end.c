/* SPDX-License-Identifier: MIT */
/* store_end.c - end leases, or extend proven ones (see store.c) */
#include "alloc/index.h"
#include "alloc/store.h"

/** write_ended() - write the lines of all claims under one lock */
static int write_ended(struct store *store, struct store_claim *claims, size_t count)
{
	time_t now = store->now();
	size_t i;
	int r = 0;

	if (store_lock(store))
		return -1;
	for (i = 0; i < count && !r; i++) {
		lease_end(&claims[i].lease, now);
		r = table_write(&store->tables[claims[i].pool], &claims[i].lease);
	}
	store_unlock(store);
	return r;
}

/**
 * forget() - blank index entries that are obsolete, after the lines are on the disk
 *
 * A failure is logged and leaves stale entries, which are harmless.
 */
static void forget(struct store *store, const struct store_claim *claims, size_t count)
{
	size_t i;

	if (store_lock(store))
		return;
	for (i = 0; i < count; i++)
		index_remove(&store->tables[claims[i].pool], &claims[i].before,
			     &claims[i].lease);
	store_unlock(store);
}

/**
 * store_end_all() - end the held leases, durably; their lines keep their owners
 * @store:	Store
 * @claims:	From store_claim_own() or store_claim_number(); afterwards not held
 * @count:	Their number; they share one lock and one sync
 *
 * Return: 0; -1 with errno, logged: each lease is unchanged or ended
 */
int store_end_all(struct store *store, struct store_claim *claims, size_t count)
{
	size_t i;
	int r = write_ended(store, claims, count);

	if (!r)
		r = store_sync(store);
	if (!r)
		forget(store, claims, count);
	for (i = 0; i < count; i++)
		store_let_go(store, &claims[i]);
	return r;
}

/** store_end() - store_end_all() for one lease */
int store_end(struct store *store, struct store_claim *claim)
{
	return store_end_all(store, claim, 1);
}

/**
 * store_expiry() - expiry of a lease; no other function decides it
 * @store:	Store
 * @heard:	Time of the accept, or when its secret was heard
 * @proven:	The client has shown that it is at the other end of the tunnel
 */
time_t store_expiry(const struct store *store, time_t heard, bool proven)
{
	return heard + (proven ? (time_t)store->config->lifetime_minutes * 60
			       : LEASE_PROOF_SECONDS);
}

/** write_present() - write a lease that becomes present, if its address has a slot left */
static int write_present(struct store *store, struct store_claim *claim, time_t now)
{
	int r = store_lock(store);

	if (r)
		return r;
	r = store_add_slot(store, claim, &claim->lease, now);
	if (!r && claim->lease.state == LEASE_PRESENT)
		r = table_write(&store->tables[claim->pool], &claim->lease);
	store_unlock(store);
	return r;
}

/**
 * store_prove() - the client proved its presence: give a claimed lease its full time, durably
 * @store:	Store
 * @claim:	From store_claim_number(); afterwards not held. A lease that is not claimed, or
 *		whose address has per_address present clients, is left unchanged.
 *
 * Return: 0; -1 with errno, logged
 */
int store_prove(struct store *store, struct store_claim *claim)
{
	time_t now = store->now();
	int r = 0;

	if (claim->before.state == LEASE_CLAIMED &&
	    lease_is_active(&claim->before, now)) {
		claim->lease.state = LEASE_PRESENT;
		claim->lease.tunnel.heard = now;
		claim->lease.tunnel.expires = store_expiry(store, now, true);
		r = write_present(store, claim, now);
		if (!r)
			r = store_sync(store);
	}
	store_let_go(store, claim);
	return r;
}
