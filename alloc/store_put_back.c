/* SPDX-License-Identifier: MIT */
/* store_put_back.c - withdraw a claim and restore every line (see store.c) */
#include "alloc/index.h"
#include "alloc/store.h"

/** write_back() - restore every line, that of the claim to @was; durably; 0, or -1 */
static int write_back(struct store *store, struct store_claim *claim,
		      const struct lease *was)
{
	struct table *t = &store->tables[claim->pool];
	size_t i;
	int r = store_lock(store);

	if (!r) {
		index_add(t, was); /* on failure only an ended lease cannot be found */
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
 * store_put_back() - withdraw a claim and restore every line, durably
 * @store:	Store
 * @claim:	From any claim function, also after a failed store_accept(); ignored if not
 *		held. Afterwards not held, with @lease updated.
 *
 * If the write fails, the offer remains in the file like that of a dead session.
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
 * store_restore() - store_put_back(), but keep the offer of a dead session
 * @store:	Store
 * @claim:	As store_put_back()
 *
 * For a claim whose old tunnel could not be taken down: the line must still record it.
 *
 * Return: as store_put_back()
 */
int store_restore(struct store *store, struct store_claim *claim)
{
	return claim->held ? write_back(store, claim, &claim->before) : 0;
}
