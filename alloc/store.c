/* SPDX-License-Identifier: MIT */
/*
 * store.c - both allocation files as one: open, lock, find
 *
 * Theory of operation
 *
 * The promise: no address is given twice and no accepted lease is lost, even if any process
 * is killed at any instruction or the power fails at any time. table.c describes how a line
 * is kept; this file and store_claim.c turn the states of a lease into lines. Claimed and
 * present leases (lease.h) are called active.
 *
 *	store_claim()	 any state -> offered. Both files are locked, users first. The owner's
 *			 own line is taken, else a free or expired one; other leases with the
 *			 endpoint are looked up in both files; index entries are written, then
 *			 the line, with the accepted tunnel (if any) beside the new one.
 *	store_accept()	 offered -> claimed, or present if the client's secret was heard. First
 *			 the displaced leases are expired, then the line is written: two
 *			 active lines never have the same endpoint.
 *	store_put_back() offered -> its former state.
 *	store_prove()	 claimed -> present.
 *	store_end()	 active -> expired.
 *
 * What a crash leaves behind, and why that is correct:
 *
 *	index entries written, line not		stale entries, which do not count
 *	line offered, not held			the accepted tunnel beside the offer counts;
 *						without one the line is free for others. The
 *						client knows of no other tunnel: it is told
 *						after store_accept().
 *	displaced expired, own line offered	the endpoint is free; its former holder has
 *						lost a tunnel that was already down
 *	line written, entries not blanked	stale entries
 *	power lost before store_sync()		old or new line; the client has not been told.
 *						Entries were synced before the offer was, and
 *						are blanked only when what replaces them is
 *						on the disk, so an active line has them all.
 *
 * While an offer stands, displaced leases stay unchanged in the file, held by the
 * session: if it dies, they are untouched.
 */
#include "alloc/store.h"

#include <errno.h>
#include <string.h>

#include "alloc/find.h"
#include "alloc/ranges.h"
#include "lib/log.h"

/** store_clock() - the clock of stores outside tests */
time_t store_clock(void)
{
	return time(NULL);
}

/**
 * check_capacity() - refuse a file with more leases than its pool has addresses
 *
 * Numbers beyond link and prefix would give addresses of other networks.
 */
static int check_capacity(const struct table *t, const struct pool_config *pool)
{
	if (t->kind == POOL_USERS && t->capacity > config_pool_room(pool)) {
		log_msg(LOG_ERR,
			"%s: has %u leases, [pool users] addresses for %u: run 'tspctl "
			"resize users %u'",
			t->path, t->capacity, config_pool_room(pool),
			config_pool_room(pool));
		errno = ERANGE;
		return -1;
	}
	if (t->capacity != pool->capacity)
		log_msg(LOG_WARNING,
			"%s: has %u leases, the configuration says %u: run "
			"'tspctl resize %s %u'",
			t->path, t->capacity, pool->capacity, pool_name(t->kind),
			pool->capacity);
	return 0;
}

/** open_table() - open a pool's file; a missing one is an error */
static int open_table(struct store *store, enum pool_kind kind)
{
	const struct pool_config *pool = pool_config(store->config, kind);
	struct table *t = &store->tables[kind];
	char path[PATH_MAX];

	if (pool_path(store->config, kind, path))
		return -1;
	if (table_open(t, path, kind)) {
		/* A new file would give users other addresses */
		if (errno == ENOENT)
			log_msg(LOG_ERR, TABLE_NO_FILE, path);
		return -1;
	}
	return ranges_check(t, store->config, RANGES_MOVE) ? -1 : check_capacity(t, pool);
}

/**
 * store_open() - open the files of all configured pools
 * @store:	Result; on error closed
 * @config:	Configuration; must outlive the store
 *
 * Return: 0; -1 with errno, logged
 */
int store_open(struct store *store, const struct config *config)
{
	int saved;

	*store = (struct store){.config = config, .now = store_clock};
	POOL_EACH(kind)
		store->tables[kind].fd = -1;
	POOL_EACH(kind) {
		if (!pool_config(config, kind)->present || !open_table(store, kind))
			continue;
		saved = errno;
		store_close(store);
		errno = saved;
		return -1;
	}
	return 0;
}

/** store_close() - close the files; held claims become offers without a session */
void store_close(struct store *store)
{
	POOL_EACH(kind)
		table_close(&store->tables[kind]);
}

/**
 * store_lock() - lock all files, in the order of enum pool_kind
 *
 * Return: 0; -1 with errno, logged, nothing locked
 */
int store_lock(struct store *store)
{
	int saved;

	POOL_EACH(kind) {
		if (store->tables[kind].fd < 0 || !table_lock(&store->tables[kind]))
			continue;
		saved = errno;
		store_unlock(store);
		errno = saved;
		return -1;
	}
	return 0;
}

/** store_unlock() - unlock all files */
void store_unlock(struct store *store)
{
	POOL_EACH(kind)
		table_unlock(&store->tables[kind]);
}

/**
 * store_sync() - write all changes to the disk
 *
 * A claim does not sync: its caller does, before it sends the offer, while the template
 * runs or afterwards.
 *
 * Return: 0; -1 with errno, logged
 */
int store_sync(struct store *store)
{
	int r = 0;

	POOL_EACH(kind) {
		if (store->tables[kind].fd >= 0 && table_sync(&store->tables[kind]))
			r = -1;
	}
	return r;
}

/**
 * holds_shortly() - a session that holds this lease lets it go before the accept
 *
 * It builds the tunnel of an unproven client, or has just written that lease as accepted.
 */
static bool holds_shortly(const struct lease *lease)
{
	return (lease->state == LEASE_OFFERED || lease->state == LEASE_CLAIMED) &&
	       !lease->tunnel.heard;
}

/**
 * store_hold() - hold the line of a lease for a claim
 * @t:		Table, locked
 * @lease:	As in its line
 * @claim:	Result, if it is held by another session: @soon
 *
 * Return: STORE_OK, STORE_CLAIMED, STORE_ERROR
 */
enum store_result store_hold(struct table *t, const struct lease *lease,
			     struct store_claim *claim)
{
	if (!table_hold(t, lease->number))
		return STORE_OK;
	claim->soon = holds_shortly(lease);
	return errno == EAGAIN ? STORE_CLAIMED : STORE_ERROR;
}

/** settle_unheld() - settle an offer whose session has died */
static int settle_unheld(const struct table *t, struct lease *lease)
{
	int held = lease->state == LEASE_OFFERED ? table_is_held(t, lease->number) : 0;

	if (held == 0)
		lease_settle(lease);
	return held < 0 ? -1 : 0;
}

/**
 * store_find_owner() - the lease of an owner, for information
 * @store:	Store
 * @pool:	Pool
 * @owner:	User id; anonymous: the endpoint as text
 * @out:	Result; check it with lease_is_active(); offered: held by a session
 *
 * Return: STORE_OK, STORE_NO_LEASE, STORE_ERROR
 */
enum store_result store_find_owner(struct store *store, enum pool_kind pool,
				   const char *owner, struct lease *out)
{
	struct table *t = &store->tables[pool];
	int found;

	if (t->fd < 0)
		return STORE_NO_LEASE;
	if (table_lock(t))
		return STORE_ERROR;
	found = find_owner(t, owner, out);
	if (found == 1 && settle_unheld(t, out))
		found = -1;
	table_unlock(t);
	return found < 0 ? STORE_ERROR : found ? STORE_OK : STORE_NO_LEASE;
}
