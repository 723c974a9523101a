/* SPDX-License-Identifier: MIT */
/*
 * counters.c - ask tunnels for their counters
 *
 * Nothing is held meanwhile: to ask changes nothing, and whoever may read the files may
 * ask. A tunnel that is being rebuilt just now can seem to be missing.
 *
 * Thousands may have to prove themselves within two minutes (unproven.c), after all clients came
 * back at once. A run for each would take longer than that, the more so where a template
 * has to look through the counters of all to find those of one: `nft get element` does. So a
 * template that can is asked for many in one run; where that fails, a run for each it is.
 */
#include "upkeep/counters.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/ui/progress.h"
#include "lib/log.h"
#include "tunnel/modes.h"
#include "tunnel/template_batch.h"
#include "upkeep/jobs.h"

#define ASK_WHAT   "asking" /* for the bar */
#define ANSWER_MAX 256      /* bytes of one tunnel's line */

/** struct ask - a round of questions */
struct ask {
	struct files *files;
	struct worklist *todo;
	counters_answer *answer;
	void *context;
	size_t answered; /* by crowds */
};

/** struct crowd - tunnels that are asked by one run of the template */
struct crowd {
	struct tunnel *tunnels;
	struct lease *leases;
	size_t *items; /* in the list */
	size_t count;
	struct buf text; /* the answers */
};

/** read_active() - the lease as it is now; false when it has no tunnel to ask */
static bool read_active(struct ask *x, const struct worklist_item *item,
			struct lease *out)
{
	if (table_look(&x->files->store.tables[item->pool], item->number, out))
		return false;
	lease_settle(out);
	return lease_is_active(out, x->files->store.now());
}

static bool next(void *context, struct job *job)
{
	struct ask *x = context;
	const struct worklist_item *item;
	struct lease *lease = &job->claim.lease;

	while ((item = worklist_next(x->todo))) {
		if (item->done || !read_active(x, item, lease))
			continue;
		job->mark = (size_t)(item - x->todo->items);
		jobs_step(x->files->store.config, job, TEMPLATE_INFO, item->pool, lease,
			  &lease->tunnel);
		return true;
	}
	return false;
}

static void done(void *context, struct job *job)
{
	struct ask *x = context;
	struct traffic traffic;

	traffic_parse(job->output, &traffic);
	x->answer(x->context, job->mark, &job->claim.lease,
		  job->failed ? NULL : &traffic);
}

/** hear() - a line for each of the crowd, "-" where there is no tunnel; false: else */
static bool hear(struct ask *x, struct crowd *crowd)
{
	char *line = crowd->text.data, *end;
	struct traffic traffic;
	size_t i, lines = 0;

	for (end = line; (end = strchr(end, '\n')); end++)
		lines++;
	if (lines != crowd->count)
		return false;
	for (i = 0; i < lines && (end = strchr(line, '\n')); i++, line = end + 1) {
		*end = '\0';
		traffic_parse(line, &traffic);
		x->todo->items[crowd->items[i]].done = true;
		x->answered++;
		x->answer(x->context, crowd->items[i], &crowd->leases[i],
			  strcmp(line, "-") ? &traffic : NULL);
	}
	return true;
}

/** ask_crowd() - one run of the template; false: it does not answer as it should, logged */
static bool ask_crowd(struct ask *x, struct crowd *crowd)
{
	const struct config *config = x->files->store.config;

	if (!crowd->count)
		return true;
	if (template_batch(config, TEMPLATE_BATCH_INFO, crowd->tunnels, crowd->count,
			   &crowd->text))
		return false;
	if (hear(x, crowd))
		return true;
	log_msg(LOG_NOTICE, "%s: %zu tunnels were asked for, and it has no line for each",
		config->template, crowd->count);
	return false;
}

/** join() - one more, if it is active */
static void join(struct ask *x, struct crowd *crowd, size_t item)
{
	const struct worklist_item *todo = &x->todo->items[item];
	struct lease *lease = &crowd->leases[crowd->count];

	if (!read_active(x, todo, lease))
		return;
	tunnel_describe(x->files->store.config, todo->pool, lease, &lease->tunnel,
			(struct in_addr){0}, &crowd->tunnels[crowd->count]);
	crowd->items[crowd->count++] = item;
}

/** ask_crowds() - all of the list, as many at a time as the template is told of */
static void ask_crowds(struct ask *x, struct crowd *crowd)
{
	struct progress bar;
	size_t i;

	jobs_catch_stop();
	progress_begin(&bar, ASK_WHAT, x->todo->count);
	for (i = 0; i < x->todo->count && !jobs_stopped(); i++) {
		join(x, crowd, i);
		if (crowd->count < TEMPLATE_BATCH_MAX && i + 1 < x->todo->count)
			continue;
		if (!ask_crowd(x, crowd))
			break;
		crowd->count = 0;
		progress_show(&bar, i + 1);
	}
	progress_end(&bar);
}

/** ask_by_crowds() - those that can be asked so are marked as done */
static void ask_by_crowds(struct ask *x)
{
	size_t all = x->todo->count;
	size_t size = all < TEMPLATE_BATCH_MAX ? all : TEMPLATE_BATCH_MAX;
	struct crowd crowd = {.text.size = size * ANSWER_MAX};

	if (size < 2 || !modes_batch_declared(x->files->store.config->template))
		return;
	crowd.tunnels = calloc(size, sizeof(*crowd.tunnels));
	crowd.leases = calloc(size, sizeof(*crowd.leases));
	crowd.items = calloc(size, sizeof(*crowd.items));
	crowd.text.data = calloc(size, ANSWER_MAX);
	if (crowd.tunnels && crowd.leases && crowd.items && crowd.text.data)
		ask_crowds(x, &crowd);
	free(crowd.tunnels);
	free(crowd.leases);
	free(crowd.items);
	free(crowd.text.data);
}

/**
 * counters_ask() - ask the tunnels of a list of leases, many or several at a time
 * @f:		Files
 * @todo:	List; those that are not active are passed over
 * @jobs:	A run for each, so many at a time; 0: as this and jobs_run() think best
 * @answer:	Called for each that was asked, in any order
 * @context:	For @answer
 *
 * Return: 0; an exit status, reported
 */
int counters_ask(struct files *f, struct worklist *todo, unsigned jobs,
		 counters_answer *answer, void *context)
{
	struct ask x = {.files = f, .todo = todo, .answer = answer, .context = context};
	struct jobs_work work = {.config = f->store.config,
				 .next = next,
				 .done = done,
				 .context = &x,
				 .jobs = jobs,
				 .what = ASK_WHAT};

	if (!jobs)
		ask_by_crowds(&x);
	work.total = todo->count - x.answered;
	return jobs_run(&work);
}
