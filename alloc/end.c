/* SPDX-License-Identifier: MIT */
/* end.c - leases that are over: active -> expired (see store.c) */
#include "alloc/index.h"
#include "alloc/store.h"

/** write_ended() - the lines of all claims, with the lock taken once */
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
 * forget() - blank index entries that nothing needs any more, now that it is on the disk
 *
 * A failure is logged, and leaves stale entries, which do no harm.
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
 * store_end_all() - the claimed leases are over now, durably; their lines keep their owners
 * @store:	Store
 * @claims:	From store_claim_own() or store_claim_number(); afterwards not held
 * @count:	How many; they share one lock and one sync
 *
 * Return: 0; -1 with errno, logged: each lease is as it was, or over
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

/** store_end() - store_end_all() of one */
int store_end(struct store *store, struct store_claim *claim)
{
	return store_end_all(store, claim, 1);
}
