/* SPDX-License-Identifier: MIT */
/*
 * repair.c - mend what a check has found
 *
 * The check held no lease. Each repair holds the lease and looks again. Tunnels come down
 * before their leases end; messages name what is lost.
 */
#include "upkeep/repair.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "alloc/mend.h"
#include "alloc/realign.h"
#include "alloc/rebuild.h"
#include "lib/log.h"
#include "tunnel/event.h"
#include "upkeep/damaged.h"
#include "upkeep/ending.h"
#include "upkeep/state_id.h"

/** say() - set r->said; returns @repaired */
__attribute__((format(printf, 3, 4))) static bool say(struct repair *r, bool repaired,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->said, sizeof(r->said), format, args);
	va_end(args);
	return repaired;
}

/** keep() - keep a copy of a damaged file, once; false on failure */
static bool keep(struct repair *r, enum pool_kind pool)
{
	struct store *store = &r->files->store;

	if (!r->kept[pool] && damaged_keep(&store->tables[pool], store->now()))
		return say(r, false, "a copy of the damaged file cannot be kept");
	r->kept[pool] = true;
	return true;
}

/** replace_file() - put all readable lines in a new file, and open that */
static bool replace_file(struct repair *r, struct table *t, uint32_t capacity)
{
	const struct config *config = r->files->store.config;
	struct pool_ranges ranges = pool_ranges(config, t->kind);
	static struct state_id ids[POOL_KINDS];
	enum pool_kind kind = t->kind;
	struct rebuild found;
	char path[PATH_MAX];

	if (!state_id_read(config, ids)) /* it remains the recorded file */
		t->recorded = ids[kind].identity;
	switch (rebuild_table(t, capacity, &ranges, config->session_seconds, &found)) {
	case REBUILD_OK:
		break;
	case REBUILD_BUSY:
		return say(r, false, "another tspctl is replacing it");
	default:
		return say(r, false, "it could not be replaced");
	}
	if (pool_path(config, kind, path))
		return false;
	table_close(t);
	if (table_open_for(t, path, kind, TABLE_MEND))
		return say(r, false, "it could not be opened again");
	return t->damage ? say(r, false, "%s", t->damage) : true;
}

/** capacity_of() - leases of a damaged file */
static uint32_t capacity_of(const struct table *t, const struct realign *lines)
{
	uint32_t least = t->promised ? t->promised : t->capacity;

	return lines->has_header || lines->capacity > least ? lines->capacity : least;
}

/** repair_file() - wrong header or size, lines that moved: find all lines, in a new file */
static bool repair_file(struct repair *r, const struct check_finding *f)
{
	struct table *t = &r->files->store.tables[f->pool];
	struct realign lines;
	uint32_t capacity;

	if (realign_find(t, &lines))
		return say(r, false, "it cannot be read");
	realign_free(&lines); /* what it has counted is left */
	capacity = capacity_of(t, &lines);
	lines.cut += capacity - lines.capacity;
	if (lines.lost > REPAIR_HANDFUL && !r->force)
		return say(r, false, "%u leases would be lost; --force repairs it anyway",
			   lines.lost);
	if (!keep(r, f->pool) || !replace_file(r, t, capacity))
		return false;
	r->lost = lines.cut != 0;
	if (r->lost)
		return say(r, true,
			   "replaced by a file of %u leases with those that can be read; "
			   "%u were cut off",
			   capacity, lines.cut);
	return say(r, true, "replaced by a file of %u leases with those that can be read",
		   capacity);
}

/** take_down() - take down the tunnel of a damaged line, as far as the line describes it */
static int take_down(const struct repair *r, enum pool_kind pool,
		     const struct lease *lease)
{
	const struct config *config = r->files->store.config;
	struct lease known = *lease;
	struct tunnel tunnel;

	if (known.tunnel.mode == TUNNEL_NONE) {
		if (pool == POOL_ANONYMOUS)
			return 0; /* its addresses went with its endpoint */
		known.tunnel.mode = TUNNEL_V6V4;
	}
	if (pool == POOL_USERS && config->users_pool.prefix.len)
		known.tunnel.prefix_len = config->users_pool.delegate;
	tunnel_describe(config, pool, &known, &known.tunnel, (struct in_addr){0},
			&tunnel);
	return template_run(config, TEMPLATE_TEARDOWN, &tunnel, NULL);
}

/** mend_line() - mend a damaged line whose lease is held */
static bool mend_line(struct repair *r, const struct check_finding *f)
{
	struct store *store = &r->files->store;
	struct lease lease;
	enum rescue kept = mend_look(store, f->pool, f->number, &lease);

	if (kept == RESCUE_SOUND)
		return say(r, true, "it is sound again");
	if (kept == RESCUE_ERROR)
		return say(r, false, "it cannot be read");
	if (kept == RESCUE_NOTHING && r->doomed > REPAIR_HANDFUL && !r->force)
		return say(r, false,
			   "%zu leases would be lost; --force repairs it anyway",
			   r->doomed);
	if (kept != RESCUE_WHOLE && !keep(r, f->pool))
		return false;
	if (kept != RESCUE_WHOLE && take_down(r, f->pool, &lease))
		return say(r, false, "its tunnel does not come down");
	if (mend_lease(store, f->pool, &lease))
		return say(r, false, "it cannot be written");
	if (kept == RESCUE_WHOLE)
		return say(r, true, "made readable again, nothing is lost");
	r->lost = true;
	if (kept == RESCUE_NOTHING)
		return say(r, true, "set free; its owner is unknown");
	event_lease(r->files->store.config, EVENT_ENDED, f->pool, &lease, "was damaged:");
	return say(r, true, "set to expired for %s, whose tunnel is lost", lease.owner);
}

/** hold() - hold the lease of a finding */
static bool hold(struct repair *r, const struct check_finding *f)
{
	if (!table_hold(&r->files->store.tables[f->pool], f->number))
		return true;
	return say(r, false,
		   errno == EAGAIN ? "a session holds it" : "it cannot be locked");
}

static bool repair_line(struct repair *r, const struct check_finding *f)
{
	bool repaired;

	if (!hold(r, f))
		return false;
	repaired = mend_line(r, f);
	table_release(&r->files->store.tables[f->pool], f->number);
	return repaired;
}

/** repair_old_owner() - the second, expired lease of an owner becomes free */
static bool repair_old_owner(struct repair *r, const struct check_finding *f)
{
	struct table *t = &r->files->store.tables[f->pool];
	int failed;

	if (!hold(r, f))
		return false;
	failed = mend_free(t, f->number);
	table_release(t, f->number);
	return failed ? say(r, false, "it cannot be written") : say(r, true, "set free");
}

/** end_lease() - end a lease or withdraw an offer, unless its owner has changed */
static bool end_lease(struct repair *r, const struct check_finding *f,
		      enum ending_wish wish, const char *why)
{
	struct store_ref ref = {.pool = f->pool};

	if (table_look(&r->files->store.tables[f->pool], f->number, &ref.lease))
		return say(r, false, "it cannot be read");
	switch (ending_one(r->files, &ref, wish, why)) {
	case ENDING_OK:
		return say(r, true, wish == ENDING_NOW ? "ended" : "withdrawn");
	case ENDING_GONE:
		return say(r, true, "it has ended already");
	case ENDING_HELD:
		return say(r, false, "a session holds it");
	case ENDING_FAILED:
		break;
	}
	return say(r, false, "it could not be ended");
}

/** repair_double() - end one of two leases; build the other's tunnel again, it may be gone */
static bool repair_double(struct repair *r, const struct check_finding *f)
{
	const char *why = f->kind == CHECK_SAME_OWNER ? "its owner has another:"
						      : "its endpoint is another's:";

	if (!end_lease(r, f, ENDING_NOW, why))
		return false;
	return !worklist_add(&r->rebuild, f->other_pool, f->other, 0, 0);
}

/** repair_index() - mend all index lines of a file at once */
static bool repair_index(struct repair *r, const struct check_finding *f)
{
	if (!r->indexed[f->pool] && mend_index(&r->files->store.tables[f->pool]))
		return say(r, false, "it cannot be written");
	r->indexed[f->pool] = true;
	return say(r, true, "blanked");
}

/** repair_is_doomed() - a repair would set the lease of this finding free */
bool repair_is_doomed(struct repair *r, const struct check_finding *f)
{
	struct lease lease;

	return f->kind == CHECK_LINE &&
	       mend_look(&r->files->store, f->pool, f->number, &lease) == RESCUE_NOTHING;
}

/**
 * repair_finding() - mend one finding
 * @r:		Repairs; r->said tells what was done, or why nothing was
 * @f:		Finding
 *
 * Return: true: the finding is settled
 */
bool repair_finding(struct repair *r, const struct check_finding *f)
{
	*r->said = '\0';
	r->lost = false;
	switch (f->kind) {
	case CHECK_FILE:
	case CHECK_MOVED:
		return repair_file(r, f);
	case CHECK_LINE:
		return repair_line(r, f);
	case CHECK_INDEX_LINE:
	case CHECK_STALE:
		return repair_index(r, f);
	case CHECK_NO_ENTRY:
		if (mend_entry(&r->files->store.tables[f->pool], f->number))
			return say(r, false, "it cannot be written");
		return say(r, true, "written");
	case CHECK_SAME_OWNER:
	case CHECK_SAME_ENDPOINT:
		return repair_double(r, f);
	case CHECK_OLD_OWNER:
		return repair_old_owner(r, f);
	case CHECK_ABANDONED:
		return end_lease(r, f, ENDING_IF_OVER, "its session died:");
	case CHECK_MISSING:
	case CHECK_OTHER:
	case CHECK_NO_USER:
	case CHECK_KINDS:
		break;
	}
	return false;
}
