/* SPDX-License-Identifier: MIT */
/*
 * expire.c - end leases that are over and take their tunnels down
 *
 * Leases are over when they run out, and when the session of an offer has died. Leases whose
 * clients were heard are extended first. In a pool that is over half full silent clients of
 * crowded networks give way.
 * Last, tunnels that no lease explains are taken down, and those that are missing or end at
 * another address of this machine are built again, if the template can list them; without a
 * list only those whose address is gone.
 */
#include "upkeep/expire.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/log_quota.h"
#include "tunnel/modes.h"
#include "upkeep/crowded.h"
#include "upkeep/ending.h"
#include "upkeep/heard.h"
#include "upkeep/relocate.h"
#include "upkeep/restore.h"
#include "upkeep/strays.h"
#include "upkeep/worklist.h"

/** struct expire - expire_run() under way */
struct expire {
	struct files *files;
	struct ending ending;
	struct worklist list;
	size_t held, strays, rebuilt;
};

/** add_candidate() - worklist_visitor(): leases that may be over and that no session holds */
static int add_candidate(struct worklist_tour *tour, const struct lease *lease)
{
	const struct table *t = &tour->store->tables[tour->pool];

	if (!lease_in_use(lease))
		return 0;
	if (lease_is_active(lease, tour->store->now()))
		return 0;
	if (lease->state == LEASE_OFFERED && table_is_held(t, lease->number))
		return 0;
	return worklist_add(tour->list, tour->pool, lease->number, ENDING_IF_OVER, 0);
}

/** claim() - hold a lease and plan its end; false: there is nothing to do */
static bool claim(struct expire *e, const struct worklist_item *item, struct job *job)
{
	struct store *store = &e->files->store;
	enum store_result r =
		store_claim_number(store, item->pool, item->number, &job->claim);

	e->held += r == STORE_CLAIMED;
	e->ending.failed += r == STORE_ERROR;
	if (r != STORE_OK)
		return false;
	if (item->expires && job->claim.before.tunnel.expires != item->expires) {
		store_let_go(store, &job->claim); /* the client has come back */
		return false;
	}
	job->mark = item->mark;
	return ending_plan(&e->ending, job, (enum ending_wish)item->mark);
}

/** next_lease() - plan the end of the next lease; those that changed meanwhile are skipped */
static bool next_lease(void *context, struct job *job)
{
	struct expire *e = context;
	const struct worklist_item *item;

	while ((item = worklist_next(&e->list))) {
		if (claim(e, item, job))
			return true;
	}
	return false;
}

/** end_lease() - end a lease whose tunnel is down, and tell why */
static void end_lease(void *context, struct job *job)
{
	struct expire *e = context;
	const char *why = "ran out:";

	if (job->mark == ENDING_NOW)
		why = "gave way in a crowded network:";
	else if (job->claim.before.state == LEASE_OFFERED)
		why = "its session died:";
	ending_done(&e->ending, job, (enum ending_wish)job->mark, why);
}

/** collect() - list all leases that may be over */
static enum upkeep_result collect(struct expire *e)
{
	if (worklist_collect(&e->list, &e->files->store, add_candidate))
		return UPKEEP_ERROR;
	files_damaged_lines(e->files, e->list.damaged);
	if (crowded_collect(&e->files->store, &e->list, ENDING_NOW))
		return UPKEEP_ERROR;
	return UPKEEP_OK;
}

/** rebuild() - build the tunnels of a list of leases */
static enum upkeep_result rebuild(struct expire *e, struct worklist *list, unsigned jobs)
{
	struct restore restore = {.files = e->files, .list = list};
	enum upkeep_result r = list->count ? restore_list(&restore, jobs) : UPKEEP_OK;

	e->rebuilt = restore.restored;
	e->ending.failed += restore.failed;
	return r;
}

/** compare() - make tunnels and leases agree, by the template's list */
static enum upkeep_result compare(struct expire *e, unsigned jobs)
{
	struct strays s = {.ended = 0};
	enum upkeep_result r = strays_find(e->files, &s);

	if (r == UPKEEP_OK)
		r = strays_end(e->files, &s, jobs);
	if (r == UPKEEP_OK)
		r = rebuild(e, &s.missing, jobs);
	e->strays = s.ended;
	e->ending.failed += s.failed;
	strays_free(&s);
	return r;
}

/** relocate() - without a list: build tunnels again that end at an address which is gone */
static enum upkeep_result relocate(struct expire *e, unsigned jobs)
{
	struct worklist list;
	enum upkeep_result r = relocate_find(e->files, jobs, &list);

	if (r == UPKEEP_OK)
		r = rebuild(e, &list, jobs);
	worklist_free(&list);
	return r;
}

/** run() - extend, collect, end, compare */
static enum upkeep_result run(struct expire *e, unsigned jobs, const struct pings *pings)
{
	struct jobs_work work = {.files = e->files,
				 .next = next_lease,
				 .done = end_lease,
				 .context = e,
				 .jobs = jobs,
				 .what = "ending"};
	enum upkeep_result r = heard_update(e->files, jobs, pings);

	e->ending.failed += r == UPKEEP_INCOMPLETE;
	if (r != UPKEEP_ERROR)
		r = collect(e);
	if (r == UPKEEP_OK) {
		work.total = e->list.count;
		r = jobs_run(&work);
	}
	ending_flush(&e->ending);
	if (r == UPKEEP_OK)
		r = modes_list_declared(e->files->store.config->template)
			    ? compare(e, jobs)
			    : relocate(e, jobs);
	return r == UPKEEP_OK && e->ending.failed ? UPKEEP_INCOMPLETE : r;
}

/**
 * expire_run() - end all leases that are over
 * @f:		Files, open for TABLE_SERVE
 * @jobs:	As in counters_ask() and jobs_run()
 * @pings:	From pings_open(), to ping clients that were not heard; NULL: do not
 * @out:	Result: what was done, whatever is returned
 *
 * Return: enum upkeep_result
 */
enum upkeep_result expire_run(struct files *f, unsigned jobs, const struct pings *pings,
			      struct expire_counts *out)
{
	struct expire *e = calloc(1, sizeof(*e));
	enum upkeep_result r;

	*out = (struct expire_counts){0};
	if (!e) {
		log_msg(LOG_ERR, "%m");
		return UPKEEP_ERROR;
	}
	e->files = f;
	ending_begin(&e->ending, f);
	log_quota_begin_leases(f->store.config->state);
	r = run(e, jobs, pings);
	log_quota_end();
	*out = (struct expire_counts){.ended = e->ending.ended,
				      .settled = e->ending.settled,
				      .held = e->held,
				      .strays = e->strays,
				      .rebuilt = e->rebuilt,
				      .failed = e->ending.failed};
	worklist_free(&e->list);
	free(e);
	return r;
}
