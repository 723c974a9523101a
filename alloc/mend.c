/* SPDX-License-Identifier: MIT */
/*
 * mend.c - repair damaged allocation files line by line
 *
 * Each repair writes one line, or one index line, under the lock: a killed process leaves
 * either the damage or the repair. Whole files are replaced in rebuild.c.
 *
 * A line is damaged if power failed while it was written, if the disk lost it, or if
 * somebody edited it. Columns have fixed places and a rewrite changes few of them, so
 * usually all of them can be read. They are trusted if the index confirms owner and
 * endpoint: entries were written before the line, and a line that mixes two owners has no
 * entry for its endpoint. Otherwise the owner keeps the number, and so the address, but has
 * to request the tunnel again.
 */
#include "alloc/mend.h"

#include <errno.h>
#include <string.h>

#include "alloc/find.h"
#include "alloc/header.h"
#include "alloc/index.h"
#include "alloc/lease_line.h"
#include "alloc/line.h"
#include "lib/endpoint.h"

#define OTHERS_MAX 8 /* leases of one endpoint: one for each address of the server */

/**
 * is_confirmed() - the index has the entries of a lease with these columns
 *
 * Return: 1, 0, or -1 with errno if it cannot be read: then nothing is given up
 */
static int is_confirmed(const struct table *t, const struct lease *lease)
{
	struct index_key keys[INDEX_KEYS_MAX];
	char endpoint[ENDPOINT_LEN];
	size_t i, n = index_keys(t, lease, keys);

	if (t->kind == POOL_ANONYMOUS && lease->state != LEASE_FREE) {
		endpoint_format(&lease->tunnel.endpoint, endpoint);
		if (strcmp(endpoint, lease->owner) != 0)
			return 0;
	}
	for (i = 0; i < n; i++) {
		int has = index_has(t, keys[i], lease->number);

		if (has != 1)
			return has;
	}
	return 1;
}

/**
 * is_elsewhere() - the owner or endpoint of a lease in force has another lease meanwhile
 *
 * Return: 1, 0, or -1 with errno when that cannot be read
 */
static int is_elsewhere(struct store *store, enum pool_kind pool,
			const struct lease *lease)
{
	struct lease others[OTHERS_MAX], settled = *lease;
	time_t now = store->now();
	int i, n;

	lease_settle(&settled);
	if (!lease_is_active(&settled, now))
		return 0;
	n = find_owner(&store->tables[pool], lease->owner, &others[0]);
	if (n < 0)
		return -1;
	if (n == 1 && others[0].number != lease->number &&
	    others[0].state != LEASE_EXPIRED)
		return 1;
	POOL_EACH(kind) {
		if (store->tables[kind].fd < 0)
			continue;
		n = find_endpoint(&store->tables[kind], &settled.tunnel.endpoint, others,
				  OTHERS_MAX);
		if (n < 0)
			return -1;
		for (i = 0; i < n; i++) {
			if ((kind != pool || others[i].number != lease->number) &&
			    lease_in_use(&others[i]) &&
			    lease_same_place(&others[i].tunnel, &settled.tunnel))
				return 1;
		}
	}
	return 0;
}

/** get_owner() - read the owner column if its value is valid in this file */
static bool get_owner(const struct table *t, const char line[LINE_LEN],
		      char out[USER_ID_MAX + 1], struct endpoint *endpoint)
{
	char text[LINE_COLUMN_MAX + 1];

	if (line_get(line, lease_columns[LEASE_OWNER], text) || !*text ||
	    strlen(text) > USER_ID_MAX)
		return false;
	strcpy(out, text);
	if (t->kind == POOL_ANONYMOUS)
		return !endpoint_parse(text, endpoint);
	if (line_get(line, lease_columns[LEASE_TUNNEL + TUNNEL_ENDPOINT], text) ||
	    endpoint_parse(text, endpoint))
		memset(endpoint, 0, sizeof(*endpoint));
	return parse_is_user_id(out, strlen(out));
}

/** rescue() - mend_look() for a line read under the lock */
static enum rescue rescue(struct store *store, enum pool_kind pool, uint32_t number,
			  const char line[LINE_LEN], struct lease *out)
{
	struct table *t = &store->tables[pool];
	struct lease kept = {.number = number, .state = LEASE_EXPIRED};
	const char *why;
	int confirmed = 0, elsewhere = 0;

	if (!lease_decode(line, number, out, &why))
		return RESCUE_SOUND;
	if (!lease_read(line, number, out))
		confirmed = is_confirmed(t, out);
	if (confirmed == 1)
		elsewhere = is_elsewhere(store, pool, out);
	if (confirmed < 0 || elsewhere < 0)
		return RESCUE_ERROR;
	if (confirmed && !elsewhere)
		return RESCUE_WHOLE;

	if (get_owner(t, line, kept.owner, &kept.tunnel.endpoint)) {
		kept.tunnel.mode =
			kept.tunnel.endpoint.port ? TUNNEL_V6UDPV4 : TUNNEL_V6V4;
		kept.tunnel.granted = kept.tunnel.expires = store->now();
		*out = kept;
		return RESCUE_OWNER;
	}
	*out = (struct lease){.number = number, .state = LEASE_FREE};
	return RESCUE_NOTHING;
}

/**
 * mend_look() - decide how to repair a damaged line
 * @store:	Store
 * @pool:	Pool
 * @number:	Lease, held by the caller
 * @out:	Result: lease for mend_lease()
 *
 * Return: enum rescue
 */
enum rescue mend_look(struct store *store, enum pool_kind pool, uint32_t number,
		      struct lease *out)
{
	struct table *t = &store->tables[pool];
	char line[LINE_LEN];
	enum rescue r;

	if (store_lock(store))
		return RESCUE_ERROR;
	if (table_raw_read(t, header_line_at(number), line, sizeof(line)))
		r = RESCUE_ERROR;
	else
		r = rescue(store, pool, number, line, out);
	store_unlock(store);
	return r;
}

/**
 * mend_lease() - write a lease over any contents of its line, with index entries, durably
 * @store:	Store
 * @pool:	Pool
 * @lease:	Lease, held by the caller
 *
 * Return: 0; -1 with errno, logged
 */
int mend_lease(struct store *store, enum pool_kind pool, const struct lease *lease)
{
	struct table *t = &store->tables[pool];
	int r;

	if (table_lock(t))
		return -1;
	r = index_add(t, lease) || table_write(t, lease) ? -1 : 0;
	table_unlock(t);
	return r ? r : table_sync(t);
}

/** mend_entry() - write the index entries of a lease again; 0, or -1 with errno, logged */
int mend_entry(struct table *t, uint32_t number)
{
	struct lease lease;
	int r;

	if (table_lock(t))
		return -1;
	r = table_read(t, number, &lease);
	if (!r)
		r = index_add(t, &lease);
	table_unlock(t);
	return r ? r : table_sync(t);
}

/**
 * mend_free() - give up an expired lease whose owner has another one
 * @t:		Table
 * @number:	Lease, held by the caller
 *
 * Return: 0, also if it is no longer expired; -1 with errno, logged
 */
int mend_free(struct table *t, uint32_t number)
{
	struct lease unused = {.number = number, .state = LEASE_FREE}, lease;
	int r;

	if (table_lock(t))
		return -1;
	r = table_read(t, number, &lease);
	if (!r && lease.state == LEASE_EXPIRED)
		r = table_write(t, &unused);
	table_unlock(t);
	return r ? r : table_sync(t); /* its index entries are stale now */
}

/** mend_index_line() - keep only the valid entries of an index line; with the lock */
static int mend_index_line(struct table *t, off_t at)
{
	struct index_entry entries[INDEX_LINE_ENTRIES];
	char line[LINE_LEN];
	bool sound;
	int i;

	if (table_raw_read(t, at, line, sizeof(line)))
		return -1;
	sound = index_line_read(t, line, entries);
	for (i = 0; i < INDEX_LINE_ENTRIES; i++) {
		if (entries[i].number && index_is_stale(t, &entries[i], NULL)) {
			entries[i].number = 0;
			sound = false;
		}
	}
	if (sound)
		return 0;
	/* Lines must be on the disk before the entries that they no longer need are blanked */
	t->dirty = true;
	if (table_sync(t))
		return -1;
	index_line_make(entries, line);
	return table_raw_write(t, at, line, sizeof(line));
}

/**
 * mend_index() - blank invalid index entries and those that no lease has
 * @t:		Table
 *
 * The lock is released after each line, so that handlers wait for one line at most.
 *
 * Return: 0; -1 with errno, logged
 */
int mend_index(struct table *t)
{
	uint32_t total = header_index_lines(t->capacity), i;
	int r = 0;

	for (i = 0; i < total && !r; i++) {
		if (table_lock(t))
			return -1;
		r = mend_index_line(t, header_line_at(1 + t->capacity + i));
		table_unlock(t);
	}
	return r ? r : table_sync(t);
}
