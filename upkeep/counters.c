/* SPDX-License-Identifier: MIT */
/*
 * counters.c - read the counters of tunnels
 *
 * No lease is held meanwhile: a query changes nothing, and everybody who may read the files
 * may run it. A tunnel that is just being rebuilt can seem to be missing.
 *
 * When all clients come back at once, thousands must be proven within two minutes
 * (heard.c). A run for each takes longer, above all where a template reads the counters
 * of all tunnels to find those of one, as `nft get element` does. So counters of many
 * tunnels are read in one run if the template can do that. If that run fails, each tunnel
 * gets a run.
 */
#include "upkeep/counters.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "tunnel/modes.h"
#include "tunnel/template_batch.h"
#include "upkeep/jobs.h"

#define WHAT       "asking" /* for the observer */
#define ANSWER_MAX 256      /* bytes of one tunnel's line */

/** struct query - counters_ask() under way */
struct query {
	struct files *files;
	struct worklist *list;
	counters_answer *answer;
	void *context;
	size_t answered; /* by runs for many */
};

/** struct batch - tunnels whose counters one run reads */
struct batch {
	struct tunnel *tunnels;
	struct lease *leases;
	size_t *items; /* indices in the list */
	size_t count;
	struct buf text; /* the answers */
	struct worklist_turn turn;
};

/** read_active() - read the current lease; false: it has no tunnel */
static bool read_active(struct query *q, const struct worklist_item *item,
			struct lease *out)
{
	if (table_look(&q->files->store.tables[item->pool], item->number, out))
		return false;
	lease_settle(out);
	return lease_is_active(out, q->files->store.now());
}

/** next_tunnel() - plan the query of the next tunnel that no run for many has answered */
static bool next_tunnel(void *context, struct job *job)
{
	struct query *q = context;
	const struct worklist_item *item;
	struct lease *lease = &job->claim.lease;

	while ((item = worklist_next(q->list))) {
		if (item->done || !read_active(q, item, lease))
			continue;
		job->mark = (size_t)(item - q->list->items);
		jobs_step(q->files->store.config, job, TEMPLATE_INFO, item->pool, lease,
			  &lease->tunnel);
		return true;
	}
	return false;
}

/** answer_one() - report the counters that a run for one tunnel printed */
static void answer_one(void *context, struct job *job)
{
	struct query *q = context;
	struct traffic traffic;

	traffic_parse(job->output, &traffic);
	q->answer(q->context, job->mark, &job->claim.lease,
		  job->failed ? NULL : &traffic);
}

/**
 * answer_batch() - report a line of counters for each tunnel, "-" for a missing one
 *
 * Return: false, with nothing reported: the number of lines is wrong
 */
static bool answer_batch(struct query *q, struct batch *batch)
{
	char *line = batch->text.data, *end;
	struct traffic traffic;
	size_t i, lines = 0;

	for (end = line; (end = strchr(end, '\n')); end++)
		lines++;
	if (lines != batch->count)
		return false;
	for (i = 0; i < lines && (end = strchr(line, '\n')); i++, line = end + 1) {
		*end = '\0';
		traffic_parse(line, &traffic);
		q->list->items[batch->items[i]].done = true;
		q->answered++;
		q->answer(q->context, batch->items[i], &batch->leases[i],
			  strcmp(line, "-") ? &traffic : NULL);
	}
	return true;
}

/** ask_batch() - one run of the template; false, logged: it failed */
static bool ask_batch(struct query *q, struct batch *batch)
{
	const struct config *config = q->files->store.config;

	if (!batch->count)
		return true;
	if (template_batch(config, TEMPLATE_BATCH_INFO, batch->tunnels, batch->count,
			   &batch->text))
		return false;
	if (answer_batch(q, batch))
		return true;
	log_msg(LOG_NOTICE, "%s: %zu tunnels were asked for, and it has no line for each",
		config->template, batch->count);
	return false;
}

/** batch_add() - add a tunnel to the batch, if its lease is active */
static void batch_add(struct query *q, struct batch *batch, size_t item)
{
	const struct worklist_item *from = &q->list->items[item];
	struct lease *lease = &batch->leases[batch->count];

	if (worklist_lock(&batch->turn, &q->files->store.tables[from->pool]) ||
	    !read_active(q, from, lease))
		return;
	tunnel_describe(q->files->store.config, from->pool, lease, &lease->tunnel,
			(struct in_addr){0}, &batch->tunnels[batch->count]);
	batch->items[batch->count++] = item;
}

/** ask_all() - the whole list in batches, until one fails */
static void ask_all(struct query *q, struct batch *batch)
{
	const struct upkeep_observer *observer = q->files->observer;
	size_t i;

	jobs_catch_stop();
	upkeep_begin(observer, WHAT, q->list->count);
	for (i = 0; i < q->list->count && !jobs_stopped(); i++) {
		batch_add(q, batch, i);
		if (batch->count < TEMPLATE_BATCH_MAX && i + 1 < q->list->count)
			continue;
		worklist_unlock(&batch->turn);
		if (!ask_batch(q, batch))
			break;
		batch->count = 0;
		upkeep_advance(observer, i + 1);
	}
	worklist_unlock(&batch->turn);
	upkeep_end(observer);
}

/** ask_in_batches() - if the template can; items that were answered are marked as done */
static void ask_in_batches(struct query *q)
{
	size_t all = q->list->count;
	size_t size = all < TEMPLATE_BATCH_MAX ? all : TEMPLATE_BATCH_MAX;
	struct batch batch = {.text.size = size * ANSWER_MAX};

	if (size < 2 || !modes_batch_declared(q->files->store.config->template))
		return;
	batch.tunnels = calloc(size, sizeof(*batch.tunnels));
	batch.leases = calloc(size, sizeof(*batch.leases));
	batch.items = calloc(size, sizeof(*batch.items));
	batch.text.data = calloc(size, ANSWER_MAX);
	if (batch.tunnels && batch.leases && batch.items && batch.text.data)
		ask_all(q, &batch);
	free(batch.tunnels);
	free(batch.leases);
	free(batch.items);
	free(batch.text.data);
}

/**
 * counters_ask() - read the counters of the tunnels of a list of leases
 * @f:		Files
 * @list:	List; leases that are not active are skipped
 * @jobs:	A run for each tunnel, @jobs at a time; 0: one run for many tunnels if the
 *		template can, and as many at a time as jobs_run() chooses
 * @answer:	Called for each tunnel, in any order
 * @context:	For @answer
 *
 * Return: as jobs_run()
 */
enum upkeep_result counters_ask(struct files *f, struct worklist *list, unsigned jobs,
				counters_answer *answer, void *context)
{
	struct query q = {.files = f, .list = list, .answer = answer, .context = context};
	struct jobs_work work = {.files = f,
				 .next = next_tunnel,
				 .done = answer_one,
				 .context = &q,
				 .jobs = jobs,
				 .what = WHAT};

	if (!jobs)
		ask_in_batches(&q);
	work.total = list->count - q.answered;
	return jobs_run(&work);
}
