/* SPDX-License-Identifier: MIT */
/*
 * store_hear.c - extend leases of clients that are heard; clients heard no more are silent
 *
 * A lease ends one lifetime after its client was last heard. Writing that time each minute
 * would cost a write for each tunnel, so the time in the line may be an eighth of the lifetime
 * old. Nobody waits for these changes: a run over many leases syncs once.
 */
#include <errno.h>

#include "alloc/store.h"

#define WRITES 8 /* of the time of the last proof, in a lifetime */

/** change_lease() - whether to change a lease, and how; false: leave it */
typedef bool change_lease(const struct store *store, struct lease *lease, time_t heard);

/** change_line() - read, change and write a line under one lock, unless a session has it */
static int change_line(struct store *store, struct store_ref *ref, change_lease *change,
		       time_t heard)
{
	struct table *t = &store->tables[ref->pool];
	int held;

	if (table_read(t, ref->lease.number, &ref->lease))
		return -1;
	if (!lease_is_present(&ref->lease, store->now()) ||
	    !change(store, &ref->lease, heard))
		return 0;
	held = table_is_held(t, ref->lease.number);
	if (held)
		return held < 0 ? -1 : 0;
	return table_write(t, &ref->lease) ? -1 : 1;
}

/** change_locked() - change_line() with the lock */
static int change_locked(struct store *store, struct store_ref *ref, change_lease *change,
			 time_t heard)
{
	struct table *t = &store->tables[ref->pool];
	int r;

	if (table_lock(t))
		return -1;
	r = change_line(store, ref, change, heard);
	table_unlock(t);
	return r;
}

static bool extend(const struct store *store, struct lease *lease, time_t heard)
{
	time_t step = (time_t)store->config->lifetime_minutes * 60 / WRITES,
	       expires = store_expiry(store, heard, true);

	if (heard - lease->tunnel.heard < step && expires - lease->tunnel.expires < step)
		return false;
	lease->tunnel.heard = heard;
	lease->tunnel.expires = expires;
	return true;
}

static bool silence(const struct store *store, struct lease *lease, time_t heard)
{
	lease->state = LEASE_CLAIMED;
	if (heard > lease->tunnel.heard) {
		lease->tunnel.heard = heard;
		lease->tunnel.expires = store_expiry(store, heard, true);
	}
	return true;
}

/**
 * store_extend() - the client of a present lease was heard: count its lifetime from then
 * @store:	Store
 * @ref:	Pool and number; if the result is 1, the written lease
 * @heard:	When
 *
 * Not durable before store_sync().
 *
 * Return: 1; 0, with nothing changed: it is not present, a session holds it, or what is
 * written is recent enough; -1 with errno
 */
int store_extend(struct store *store, struct store_ref *ref, time_t heard)
{
	return change_locked(store, ref, extend, heard);
}

/**
 * store_silence() - the client of a present lease is heard no more: the lease is claimed
 * @store:	Store
 * @ref:	As store_extend()
 * @heard:	When it was heard for the last time; 0: unknown, what is written stays
 *
 * Return: as store_extend()
 */
int store_silence(struct store *store, struct store_ref *ref, time_t heard)
{
	return change_locked(store, ref, silence, heard);
}
