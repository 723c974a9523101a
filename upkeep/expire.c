/* SPDX-License-Identifier: MIT */
/*
 * expire.c - end what is over and take its tunnels down
 *
 * Leases are over when they run out, when the session of an offer has died, and when their
 * tunnel is idle. Leases whose unproven clients have sent something are extended first.
 */
#include "upkeep/expire.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/log.h"
#include "upkeep/ending.h"
#include "upkeep/idle.h"
#include "upkeep/unproven.h"
#include "upkeep/worklist.h"

/** struct expire - expire_run() under way */
struct expire {
	struct files *files;
	struct ending ending;
	struct worklist list;
	char idle_text[40]; /* for the log */
	size_t held;
};

/** add_candidate() - worklist_visitor(): leases that may be over and that no session holds */
static int add_candidate(struct worklist_tour *tour, const struct lease *lease)
{
	const struct table *t = &tour->store->tables[tour->pool];

	if (lease->state != LEASE_ACTIVE && lease->state != LEASE_OFFERED)
		return 0;
	if (lease_is_active(lease, tour->store->now()))
		return 0;
	if (lease->state == LEASE_OFFERED && table_is_held(t, lease->number))
		return 0;
	return worklist_add(tour->list, tour->pool, lease->number, ENDING_IF_OVER, 0);
}

/** claim() - hold a lease and plan its end; false: there is nothing to do */
static bool claim(struct expire *x, const struct worklist_item *item, struct job *job)
{
	struct store *store = &x->files->store;
	enum store_result r =
		store_claim_number(store, item->pool, item->number, &job->claim);

	x->held += r == STORE_CLAIMED;
	x->ending.failed += r == STORE_ERROR;
	if (r != STORE_OK)
		return false;
	if (item->expires && job->claim.before.tunnel.expires != item->expires) {
		store_let_go(store, &job->claim); /* the client has come back */
		return false;
	}
	job->mark = item->mark;
	return ending_plan(&x->ending, job, (enum ending_wish)item->mark);
}

/** next_lease() - plan the end of the next lease; those that changed meanwhile are skipped */
static bool next_lease(void *context, struct job *job)
{
	struct expire *x = context;
	const struct worklist_item *item;

	while ((item = worklist_next(&x->list))) {
		if (claim(x, item, job))
			return true;
	}
	return false;
}

/** end_lease() - end a lease whose tunnel is down, and tell why */
static void end_lease(void *context, struct job *job)
{
	struct expire *x = context;
	const char *why = "ran out:";

	if (job->mark == ENDING_NOW)
		why = x->idle_text;
	else if (job->claim.before.state == LEASE_OFFERED)
		why = "its session died:";
	ending_done(&x->ending, job, (enum ending_wish)job->mark, why);
}

/** collect() - list all leases that may be over */
static enum upkeep_result collect(struct expire *x, unsigned jobs)
{
	unsigned hours = x->files->store.config->idle_hours;

	if (worklist_collect(&x->list, &x->files->store, add_candidate))
		return UPKEEP_ERROR;
	files_damaged_lines(x->files, x->list.damaged);
	snprintf(x->idle_text, sizeof(x->idle_text), "was idle for %u hours:", hours);
	return hours ? idle_collect(x->files, jobs, &x->list) : UPKEEP_OK;
}

/** run() - extend, collect, end */
static enum upkeep_result run(struct expire *x, unsigned jobs)
{
	struct jobs_work work = {.files = x->files,
				 .next = next_lease,
				 .done = end_lease,
				 .context = x,
				 .jobs = jobs,
				 .what = "ending"};
	enum upkeep_result r = unproven_extend(x->files, jobs);

	x->ending.failed += r == UPKEEP_INCOMPLETE;
	if (r != UPKEEP_ERROR)
		r = collect(x, jobs);
	if (r == UPKEEP_OK) {
		work.total = x->list.count;
		r = jobs_run(&work);
	}
	ending_flush(&x->ending);
	return r == UPKEEP_OK && x->ending.failed ? UPKEEP_INCOMPLETE : r;
}

/**
 * expire_run() - end all leases that are over
 * @f:		Files, open for TABLE_SERVE
 * @jobs:	As in counters_ask() and jobs_run()
 * @out:	Result: what was done, whatever is returned
 *
 * Return: enum upkeep_result
 */
enum upkeep_result expire_run(struct files *f, unsigned jobs, struct expire_counts *out)
{
	struct expire *x = calloc(1, sizeof(*x));
	enum upkeep_result r;

	*out = (struct expire_counts){0};
	if (!x) {
		log_msg(LOG_ERR, "%m");
		return UPKEEP_ERROR;
	}
	x->files = f;
	ending_begin(&x->ending, f);
	r = run(x, jobs);
	*out = (struct expire_counts){.ended = x->ending.ended,
				      .settled = x->ending.settled,
				      .held = x->held,
				      .failed = x->ending.failed};
	worklist_free(&x->list);
	free(x);
	return r;
}
