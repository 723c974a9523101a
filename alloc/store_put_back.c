/* SPDX-License-Identifier: MIT */
/* store_put_back.c - withdraw a claim: every line as it was (see store.c) */
#include "alloc/index.h"
#include "alloc/store.h"

/** write_back() - every line as it was, that of the claim as @was; durably; 0, or -1 */
static int write_back(struct store *store, struct store_claim *claim,
		      const struct lease *was)
{
	struct table *t = &store->tables[claim->pool];
	size_t i;
	int r = store_lock(store);

	if (!r) {
		index_add(t, was); /* without it only its owner's way back is lost */
		r = table_restore(t, was);
		for (i = 0; i < claim->displaced_count; i++)
			r |= table_restore(&store->tables[claim->displaced[i].pool],
					   &claim->displaced[i].lease);
		if (!r)
			index_remove(t, &claim->lease, was);
		store_unlock(store);
	}
	if (!r)
		r = store_sync(store);
	claim->lease = *was;
	store_let_go(store, claim);
	return r;
}

/**
 * store_put_back() - the claim is withdrawn: every line as it was, durably
 * @store:	Store
 * @claim:	From any of the claims, after a failed store_accept() too; none held: nothing
 *		happens. Afterwards not held, @lease as it is now.
 *
 * Also where the disk refuses: then the offer stays behind as a dead session's does.
 *
 * Return: 0; -1 with errno, logged
 */
int store_put_back(struct store *store, struct store_claim *claim)
{
	struct lease was = claim->before;

	if (!claim->held)
		return 0;
	lease_settle(&was);
	return write_back(store, claim, &was);
}

/**
 * store_restore() - store_put_back(), but an offer of a dead session stays one
 * @store:	Store
 * @claim:	As store_put_back()
 *
 * For a claim whose old tunnel could not be taken down: the line must still tell of it.
 *
 * Return: as store_put_back()
 */
int store_restore(struct store *store, struct store_claim *claim)
{
	return claim->held ? write_back(store, claim, &claim->before) : 0;
}
