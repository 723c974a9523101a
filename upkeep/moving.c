/* SPDX-License-Identifier: MIT */
/*
 * moving.c - give leases addresses of other ranges: files, tunnels, events
 *
 * alloc/move.c has the order of steps, and what a killed process leaves. Tunnels are taken
 * down before the new file is in place, since its lines would not explain the old ones; if
 * one does not come down, those that are down are built again and nothing moves.
 */
#include "upkeep/moving.h"

#include <errno.h>
#include <string.h>

#include "alloc/ranges.h"
#include "lib/log.h"
#include "tunnel/event.h"
#include "tunnel/modes.h"
#include "upkeep/files.h"
#include "upkeep/moving_tunnels.h"
#include "upkeep/restore.h"

/** open_file() - open a pool's file; it stays open if its ranges differ */
static int open_file(struct moving *m, enum pool_kind kind, enum table_use use)
{
	struct pool_ranges now = pool_ranges(m->config, kind);
	struct table *t = &m->tables[kind];
	char path[PATH_MAX];

	if (pool_path(m->config, kind, path))
		return -1;
	if (table_open_for(t, path, kind, use)) {
		if (errno == ENOENT)
			log_msg(LOG_ERR, TABLE_NO_FILE, path);
		t->fd = -1;
		m->damaged |=
			errno == ENOENT || errno == EBADMSG || errno == EPROTONOSUPPORT;
		return m->damaged ? 0 : -1;
	}
	if (t->damage) {
		log_msg(LOG_ERR, "%s: %s; see 'tspctl check'", path, t->damage);
		m->damaged = true;
	}
	if (t->damage || ranges_fit(&t->ranges, &now))
		table_close(t);
	return 0;
}

/** set_before() - the old ranges of a pool, as if they were configured */
static void set_before(struct moving *m, enum pool_kind kind)
{
	const struct pool_ranges *ranges = &m->tables[kind].ranges;
	struct pool_config *pool =
		kind == POOL_USERS ? &m->before.users_pool : &m->before.anonymous_pool;

	pool->link = ranges->link;
	pool->prefix = ranges->prefix;
	pool->delegate = ranges->delegate;
}

/**
 * moving_open() - find the files whose ranges differ from the configuration's
 * @m:		Result; goes to moving_close() in any case
 * @config:	Configuration; must outlive the move
 * @use:	TABLE_SERVE, or TABLE_READ to plan only
 *
 * Root becomes the owner of the files.
 *
 * Return: 0; -1, logged
 */
int moving_open(struct moving *m, const struct config *config, enum table_use use)
{
	memset(m, 0, sizeof(*m));
	m->config = config;
	m->before = *config;
	m->by_datapath = modes_datapath_declared(config->template);
	POOL_EACH(kind)
		m->tables[kind].fd = m->moves[kind].to.fd = -1;
	if (files_become_owner(config))
		return -1;
	POOL_EACH(kind) {
		if (pool_config(config, kind)->present && open_file(m, kind, use))
			return -1;
		if (m->tables[kind].fd >= 0)
			set_before(m, kind);
		m->moves[kind].plan = (struct move_plan){.before = &m->before,
							 .after = m->config,
							 .pool = kind,
							 .now = store_clock()};
	}
	return 0;
}

/** moving_differs() - the pool's leases have to be moved */
bool moving_differs(const struct moving *m, enum pool_kind kind)
{
	return m->tables[kind].fd >= 0;
}

/** moving_plan() - plan what becomes of all leases, without holding them; 0 or -1, logged */
int moving_plan(struct moving *m)
{
	int r = 0;

	POOL_EACH(kind) {
		if (!r && moving_differs(m, kind))
			r = move_plan_make(&m->moves[kind].plan, &m->tables[kind]);
	}
	return r;
}

/** is_possible() - a pool's leases can be moved; false, logged */
static bool is_possible(const struct moving *m, enum pool_kind kind)
{
	const struct move_plan *plan = &m->moves[kind].plan;
	const char *path = m->tables[kind].path;

	if (plan->damaged)
		log_msg(LOG_ERR,
			"%s: not moved: the line of lease %s/%u is damaged: set the old "
			"ranges back and run 'tspctl check --repair' first",
			path, pool_name(kind), plan->damaged);
	else if (!move_plan_fits(plan))
		log_msg(LOG_ERR,
			"%s: not moved: %u leases have not ended, and the new ranges and "
			"capacity hold %u: set the old ones back, or end leases before",
			path, plan->active, pool_config(m->config, kind)->capacity);
	else
		return true;
	return false;
}

/** moving_is_possible() - all that differs can be moved; false, logged */
bool moving_is_possible(const struct moving *m)
{
	bool possible = !m->damaged;

	POOL_EACH(kind) {
		if (moving_differs(m, kind) && !is_possible(m, kind))
			possible = false;
	}
	return possible;
}

/** refuse() - log why a file is not moved; the result of the run */
static enum moving_result refuse(const struct moving *m, enum pool_kind kind,
				 enum rebuild_result why)
{
	const char *path = m->tables[kind].path;

	switch (why) {
	case REBUILD_BUSY:
		log_msg(LOG_ERR, "another tspctl is replacing %s", path);
		return MOVING_REFUSED;
	case REBUILD_SESSIONS:
		log_msg(LOG_ERR,
			"%s: not moved: sessions held leases for all of %u s; try again",
			path, m->config->session_seconds);
		return MOVING_REFUSED;
	case REBUILD_LOSSES:
		is_possible(m, kind); /* it says why not */
		return MOVING_REFUSED;
	default:
		return MOVING_ERROR;
	}
}

/** prepare() - hold all leases and write the new files */
static enum moving_result prepare(struct moving *m)
{
	enum rebuild_result r;

	POOL_EACH(kind) {
		if (!moving_differs(m, kind))
			continue;
		r = move_prepare(&m->moves[kind], &m->tables[kind],
				 m->config->session_seconds);
		if (r != REBUILD_OK)
			return refuse(m, kind, r);
	}
	return MOVING_DONE;
}

/** commit() - put all new files in place; those before a failure stay in place */
static enum moving_result commit(struct moving *m)
{
	enum moving_result r = MOVING_DONE;

	POOL_EACH(kind) {
		if (r == MOVING_DONE && moving_differs(m, kind) &&
		    move_commit(&m->moves[kind]))
			r = MOVING_ERROR;
	}
	return r;
}

/** moving_is_done() - the pool's new file is in place */
bool moving_is_done(const struct moving *m, enum pool_kind kind)
{
	return *m->moves[kind].kept;
}

/** say_gone() - log that an active lease has lost addresses, or that a lease ended */
static void say_gone(const struct moving *m, enum pool_kind kind,
		     const struct move_item *item, const struct lease *lease)
{
	if (item->fate == MOVE_ENDS)
		event_lease(&m->before, EVENT_ENDED, kind, lease, "ran out:");
	else if (item->changes)
		event_lease(&m->before, EVENT_ENDED, kind, lease, "moved away from");
}

/** say_new() - log which addresses an active lease has now */
static void say_new(const struct moving *m, enum pool_kind kind,
		    const struct move_item *item, const struct lease *lease)
{
	struct lease now;

	if (item->fate != MOVE_MOVES || !item->changes)
		return;
	move_plan_lease(&m->moves[kind].plan, item, lease, &now);
	event_lease(m->config, EVENT_MOVED, kind, &now,
		    now.state == LEASE_PRESENT ? "moved, and has" : "moved, and claims");
}

/** typedef teller() - log an event of a lease */
typedef void teller(const struct moving *m, enum pool_kind kind,
		    const struct move_item *item, const struct lease *lease);

/** tell() - log an event of each lease that has changed */
static void tell(const struct moving *m, enum pool_kind kind, teller *say)
{
	const struct move *move = &m->moves[kind];
	struct lease lease;
	size_t i;

	for (i = 0; i < move->plan.count; i++) {
		const struct move_item *item = &move->plan.items[i];

		if (item->fate != MOVE_MOVES && item->fate != MOVE_ENDS)
			continue;
		if (move_read(move, item, &lease))
			continue; /* it could be read for the new file */
		lease_settle(&lease);
		say(m, kind, item, &lease);
	}
}

/** list_moved() - the leases that need a tunnel; 0, or -1, logged */
static int list_moved(const struct moving *m, struct worklist *list)
{
	POOL_EACH(kind) {
		const struct move_plan *plan = &m->moves[kind].plan;
		size_t i;

		for (i = 0; i < plan->count && moving_is_done(m, kind); i++) {
			if (plan->items[i].fate == MOVE_MOVES &&
			    worklist_add(list, kind, plan->items[i].to, 0, 0))
				return -1;
		}
	}
	return 0;
}

/** build() - build the tunnels of a list of leases */
static enum moving_result build(struct moving *m, struct worklist *list)
{
	struct files files;
	struct restore r = {.files = &files, .list = list};
	enum upkeep_result result;

	if (files_open(&files, m->config, TABLE_SERVE))
		return MOVING_ERROR;
	files.observer = m->observer;
	result = restore_list(&r, 0);
	files_close(&files);
	m->built = r.restored;
	m->held = r.held;
	m->failed = r.failed;
	if (result == UPKEEP_ERROR)
		return MOVING_ERROR;
	return result == UPKEEP_OK && !r.failed ? MOVING_DONE : MOVING_INCOMPLETE;
}

/** let_go() - end all moves; sessions may have the leases */
static void let_go(struct moving *m)
{
	POOL_EACH(kind) {
		if (moving_differs(m, kind))
			move_end(&m->moves[kind]);
	}
}

/** after() - the files are in place: log what has changed, let go, build the tunnels */
static enum moving_result after(struct moving *m)
{
	struct worklist list = {.items = NULL};
	enum moving_result r = MOVING_DONE;

	POOL_EACH(kind) {
		if (!moving_is_done(m, kind))
			continue;
		/* numbers may have changed hands: all ends come before all beginnings */
		tell(m, kind, say_gone);
		tell(m, kind, say_new);
	}
	if (list_moved(m, &list))
		r = MOVING_ERROR;
	let_go(m);
	if (r == MOVING_DONE && !m->by_datapath && list.count)
		r = build(m, &list);
	worklist_free(&list);
	return r;
}

/**
 * moving_run() - move all leases of files whose ranges differ
 * @m:		From moving_open() with TABLE_SERVE
 *
 * Return: enum moving_result
 */
enum moving_result moving_run(struct moving *m)
{
	enum moving_result r = prepare(m), built;

	if (r == MOVING_DONE && !m->by_datapath)
		r = moving_tunnels_down(m);
	if (r != MOVING_DONE) {
		let_go(m);
		return r;
	}
	r = commit(m);
	if (r != MOVING_DONE && !m->by_datapath)
		moving_tunnels_back(m);
	built = after(m);
	return r == MOVING_DONE ? built : r;
}

/** moving_close() - close the files, and free what was planned */
void moving_close(struct moving *m)
{
	POOL_EACH(kind) {
		move_plan_free(&m->moves[kind].plan);
		table_close(&m->tables[kind]);
	}
}
