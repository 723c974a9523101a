/* SPDX-License-Identifier: MIT */
/*
 * repair.c - mend what a check has found
 *
 * Each repair looks again, with the lease held, at what the check saw without. Tunnels
 * come down before their leases end; what is lost is said.
 */
#include "upkeep/repair.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "alloc/mend.h"
#include "alloc/rebuild.h"
#include "lib/log.h"
#include "tunnel/event.h"

/** struct saying - where a repair says what it did */
struct saying {
	char *text;
	size_t size;
};

/** say() - what was done, or why nothing was; returns @repaired */
__attribute__((format(printf, 3, 4))) static bool
say(const struct saying *s, bool repaired, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->text, s->size, format, args);
	va_end(args);
	return repaired;
}

/** repair_file() - header or size: all lines that can be read, in a new file */
static bool repair_file(struct repair *r, const struct check_finding *f,
			const struct saying *s)
{
	struct table *t = &r->files->store.tables[f->pool];
	uint32_t capacity = t->promised ? t->promised : t->capacity;
	struct rebuild found;
	char path[PATH_MAX];

	switch (rebuild_table(t, capacity, r->ctl->config.session_seconds, &found)) {
	case REBUILD_OK:
		break;
	case REBUILD_BUSY:
		return say(s, false, "another tspctl is replacing it");
	default:
		return say(s, false, "it could not be replaced");
	}
	if (pool_path(&r->ctl->config, f->pool, path))
		return false;
	table_close(t);
	if (table_open_for(t, path, f->pool, TABLE_MEND))
		return say(s, false, "it could not be opened again");
	if (t->damage)
		return say(s, false, "%s", t->damage);
	return say(s, true, "replaced by a file of %u leases with those that can be read",
		   capacity);
}

/** take_down() - the tunnel of what was in a damaged line, as far as that is known */
static int take_down(const struct repair *r, enum pool_kind pool,
		     const struct lease *lease)
{
	const struct config *config = &r->ctl->config;
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

/** mend() - a damaged line that is held */
static bool mend(struct repair *r, const struct check_finding *f, const struct saying *s)
{
	struct store *store = &r->files->store;
	struct lease lease;
	enum rescue kept = mend_look(store, f->pool, f->number, &lease);

	if (kept == RESCUE_SOUND)
		return say(s, true, "it is sound again");
	if (kept == RESCUE_ERROR)
		return say(s, false, "it cannot be read");
	if (kept != RESCUE_WHOLE && take_down(r, f->pool, &lease))
		return say(s, false, "its tunnel does not come down");
	if (mend_lease(store, f->pool, &lease))
		return say(s, false, "it cannot be written");
	if (kept == RESCUE_WHOLE)
		return say(s, true, "made readable again, nothing is lost");
	if (kept == RESCUE_NOTHING)
		return say(s, true, "set free; whose it was cannot be told");
	event_lease(&r->ctl->config, EVENT_ENDED, f->pool, &lease, "was damaged:");
	return say(s, true, "set to expired for %s, whose tunnel is lost", lease.owner);
}

/** hold() - hold the lease of a finding */
static bool hold(struct repair *r, const struct check_finding *f, const struct saying *s)
{
	if (!table_hold(&r->files->store.tables[f->pool], f->number))
		return true;
	return say(s, false,
		   errno == EAGAIN ? "a session is at it" : "it cannot be locked");
}

static bool repair_line(struct repair *r, const struct check_finding *f,
			const struct saying *s)
{
	bool repaired;

	if (!hold(r, f, s))
		return false;
	repaired = mend(r, f, s);
	table_release(&r->files->store.tables[f->pool], f->number);
	return repaired;
}

/** repair_old_owner() - the second, expired lease of an owner becomes free */
static bool repair_old_owner(struct repair *r, const struct check_finding *f,
			     const struct saying *s)
{
	struct table *t = &r->files->store.tables[f->pool];
	int failed;

	if (!hold(r, f, s))
		return false;
	failed = mend_free(t, f->number);
	table_release(t, f->number);
	return failed ? say(s, false, "it cannot be written") : say(s, true, "set free");
}

/** end() - end or settle a lease; it must be what it was when it was found */
static bool end(struct repair *r, const struct check_finding *f, enum ending_wish wish,
		const char *why, const struct saying *s)
{
	struct store_ref ref = {.pool = f->pool};

	if (table_look(&r->files->store.tables[f->pool], f->number, &ref.lease))
		return say(s, false, "it cannot be read");
	switch (ending_one(&r->ending, &ref, wish, why)) {
	case ENDING_OK:
		return say(s, true, wish == ENDING_NOW ? "ended" : "withdrawn");
	case ENDING_GONE:
		return say(s, true, "it is over already");
	case ENDING_HELD:
		return say(s, false, "a session is at it");
	case ENDING_FAILED:
		break;
	}
	return say(s, false, "it could not be ended");
}

/** repair_double() - of two leases one ends; the other's tunnel may have gone with it */
static bool repair_double(struct repair *r, const struct check_finding *f,
			  const struct saying *s)
{
	const char *why = f->kind == CHECK_SAME_OWNER ? "its owner has another:"
						      : "its endpoint is another's:";

	if (!end(r, f, ENDING_NOW, why, s))
		return false;
	return !worklist_add(&r->rebuild, f->other_pool, f->other, 0, 0);
}

/** repair_index() - once for all that is wrong with a file's index lines */
static bool repair_index(struct repair *r, const struct check_finding *f,
			 const struct saying *s)
{
	if (!r->indexed[f->pool] && mend_index(&r->files->store.tables[f->pool]))
		return say(s, false, "it cannot be written");
	r->indexed[f->pool] = true;
	return say(s, true, "blanked");
}

/**
 * repair_finding() - mend one finding
 * @r:		Repairs
 * @f:		Finding
 * @text:	Result: what was done, or why nothing was
 * @size:	Its size in bytes
 *
 * Return: whether the finding is one no more
 */
bool repair_finding(struct repair *r, const struct check_finding *f, char *text,
		    size_t size)
{
	const struct saying s = {text, size};

	*text = '\0';
	switch (f->kind) {
	case CHECK_FILE:
		return repair_file(r, f, &s);
	case CHECK_LINE:
		return repair_line(r, f, &s);
	case CHECK_INDEX_LINE:
	case CHECK_STALE:
		return repair_index(r, f, &s);
	case CHECK_NO_ENTRY:
		if (mend_entry(&r->files->store.tables[f->pool], f->number))
			return say(&s, false, "it cannot be written");
		return say(&s, true, "written");
	case CHECK_SAME_OWNER:
	case CHECK_SAME_ENDPOINT:
		return repair_double(r, f, &s);
	case CHECK_OLD_OWNER:
		return repair_old_owner(r, f, &s);
	case CHECK_ABANDONED:
		return end(r, f, ENDING_IF_OVER, "its session died:", &s);
	case CHECK_KINDS:
		break;
	}
	return false;
}
