/* SPDX-License-Identifier: MIT */
/*
 * move.c - replace an allocation file by one whose leases have addresses of other ranges
 *
 * Theory of operation
 *
 *	1. Hold line 0, as a rebuild does, then all lines while no session holds one: from
 *	   now on no lease of the file changes. Sessions are told that theirs is in use.
 *	2. Plan, and write the new file beside the old one, durably: a full disk or a pool
 *	   that is too small shows before anything has happened.
 *	3. The caller takes down the tunnels of all leases that move. The old file is still
 *	   in place, so it explains every tunnel that is left.
 *	4. Give the old file a second name, rename the new one over it: this is the move.
 *	   Sessions find that the name leads elsewhere; those with a configuration of the
 *	   old ranges end (table_locks.c).
 *	5. Let go. The caller builds the tunnels of the new file.
 *
 * A process killed before 4 leaves the old file, with tunnels missing that `tspctl restore`
 * builds once the old ranges are configured again; one killed after it leaves the new
 * file, and `tspctl restore` builds all its tunnels. At any time the file in place explains
 * every tunnel.
 */
#include "alloc/move.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "alloc/beside.h"
#include "alloc/header.h"
#include "alloc/index.h"
#include "alloc/lease_line.h"
#include "alloc/place.h"
#include "lib/log.h"

/** hold_all() - hold line 0, and all others when no session holds any */
static enum rebuild_result hold_all(struct move *m, unsigned wait_seconds)
{
	struct table *t = m->from;
	enum rebuild_result r;

	if (table_hold(t, 0))
		return errno == EAGAIN ? REBUILD_BUSY : REBUILD_ERROR;
	m->owns = true;
	if (!table_is_current(t))
		return REBUILD_BUSY;
	r = rebuild_lock_idle(t, wait_seconds);
	if (r != REBUILD_OK)
		return r;
	if (table_hold_run(t, 1, LEASE_NUMBER_MAX))
		r = errno == EAGAIN ? REBUILD_SESSIONS : REBUILD_ERROR;
	else
		m->holds = true;
	table_unlock(t);
	return r;
}

/** prepare_file() - make the new file, without leases */
static int prepare_file(struct move *m)
{
	const struct move_plan *plan = &m->plan;
	struct table *to = &m->to;

	*to = (struct table){
		.fd = -1,
		.locks = m->from->locks, /* the lines of both files are held */
		.kind = plan->pool,
		.use = TABLE_MEND,
		.capacity = pool_config(plan->after, plan->pool)->capacity,
		.line_len = LINE_LEN,
		.identity = m->from->identity,
		.ranges = pool_ranges(plan->after, plan->pool),
		.locked = true, /* no other process knows the file */
	};
	memcpy(to->key, m->from->key, sizeof(to->key));
	return beside_create(to, m->from);
}

/** move_read() - the lease of an item, as in the old file; 0, or -1 with errno, logged */
int move_read(const struct move *m, const struct move_item *item, struct lease *out)
{
	char line[LINE_LEN];

	if (table_raw_read(m->from, header_line_at(item->from), line, sizeof(line)))
		return -1;
	return table_decode(m->from, line, item->from, out);
}

/** place() - choose the number of a lease as for a new one */
static int place(struct move *m, struct move_item *item, const struct lease *old)
{
	struct lease former;

	if (place_find(&m->to, old->owner, m->plan.now, &former)) {
		log_msg(LOG_ERR, "%s: no room for lease %s/%u: %m", m->to.path,
			pool_name(m->plan.pool), item->from);
		return -1;
	}
	item->to = former.number;
	return 0;
}

/** write_item() - write a lease that has a number in the new file */
static int write_item(struct move *m, const struct move_item *item,
		      const struct lease *old)
{
	struct lease lease = *old;

	if (item->fate == MOVE_MOVES)
		move_plan_lease(&m->plan, item, old, &lease);
	else if (item->fate == MOVE_ENDS)
		lease_end(&lease, m->plan.now);
	return index_add(&m->to, &lease) || table_write(&m->to, &lease) ? -1 : 0;
}

/** write_known() - write leases whose number is known */
static int write_known(struct move *m)
{
	struct lease lease;
	size_t i;

	for (i = 0; i < m->plan.count; i++) {
		const struct move_item *item = &m->plan.items[i];

		if (item->to &&
		    (move_read(m, item, &lease) || write_item(m, item, &lease)))
			return -1;
	}
	return 0;
}

/** write_others() - write active leases that get a number as new ones do */
static int write_others(struct move *m)
{
	struct lease lease;
	size_t i;

	for (i = 0; i < m->plan.count; i++) {
		struct move_item *item = &m->plan.items[i];

		if (item->to || item->fate != MOVE_MOVES)
			continue;
		if (move_read(m, item, &lease) || place(m, item, &lease) ||
		    write_item(m, item, &lease))
			return -1;
	}
	return 0;
}

/** write_file() - make the new file with all leases, durably */
static enum rebuild_result write_file(struct move *m)
{
	return prepare_file(m) || write_known(m) || write_others(m) || table_sync(&m->to)
		       ? REBUILD_ERROR
		       : REBUILD_OK;
}

/**
 * move_prepare() - hold all leases, plan the move and write the new file beside the old one
 * @m:			Move, with its plan's before, after, pool and now; all else is 0. Goes
 *			to move_end() in any case.
 * @from:		The file, open for TABLE_SERVE; must outlive the move
 * @wait_seconds:	How long to wait for sessions to let go of their leases
 *
 * Return: REBUILD_OK; REBUILD_BUSY, REBUILD_SESSIONS; REBUILD_LOSSES: no room for all
 * active leases, or a damaged line (plan.damaged); REBUILD_ERROR, logged
 */
enum rebuild_result move_prepare(struct move *m, struct table *from,
				 unsigned wait_seconds)
{
	enum rebuild_result r;

	m->from = from;
	m->to.fd = -1;
	r = hold_all(m, wait_seconds);
	if (r == REBUILD_OK && move_plan_make(&m->plan, from))
		r = REBUILD_ERROR;
	if (r == REBUILD_OK && (m->plan.damaged || !move_plan_fits(&m->plan)))
		r = REBUILD_LOSSES;
	return r == REBUILD_OK ? write_file(m) : r;
}

/**
 * move_commit() - put the new file in place of the old one
 * @m:		From move_prepare(), after which all tunnels of leases that move are down
 *
 * Return: REBUILD_OK; REBUILD_ERROR, logged: the old file is in place
 */
enum rebuild_result move_commit(struct move *m)
{
	int failed;

	if (table_lock(m->from))
		return REBUILD_ERROR;
	failed = beside_swap(m->to.path, m->from->path, m->kept);
	table_unlock(m->from);
	if (failed)
		return REBUILD_ERROR;
	close(m->to.fd);
	m->to.fd = -1;
	return REBUILD_OK;
}

/** move_end() - let go of all leases; a new file that is not in place is removed */
void move_end(struct move *m)
{
	if (m->to.fd >= 0) {
		unlink(m->to.path);
		close(m->to.fd);
	}
	m->to.fd = -1;
	if (m->holds)
		table_release_run(m->from, 1, LEASE_NUMBER_MAX);
	if (m->owns)
		table_release(m->from, 0);
	m->holds = m->owns = false;
	move_plan_free(&m->plan);
}
