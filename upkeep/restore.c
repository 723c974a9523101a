/* SPDX-License-Identifier: MIT */
/*
 * restore.c - tspctl restore: build the tunnels of all active leases again
 *
 * After a boot the kernel has none of them. A lease that a session holds is left to it. An
 * offer whose session died with the machine is settled on the way.
 *
 * With --from the tunnels are there, built by another template than the one configured now:
 * each is taken down by that one first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "lib/log.h"
#include "tunnel/event.h"
#include "upkeep/restore.h"
#include "upkeep/restore_batch.h"
#include "upkeep/worklist.h"

/** collect() - a lease that is in force, or will be when its dead offer is settled */
static int collect(struct worklist_tour *tour, const struct lease *lease)
{
	struct lease settled = *lease;

	lease_settle(&settled);
	if (!lease_is_active(&settled, tour->store->now()))
		return 0;
	return worklist_add(tour->todo, tour->pool, lease->number, 0, 0);
}

/** fail() - one of the list has no tunnel */
static void fail(struct restore_run *x, size_t item)
{
	x->todo->items[item].failed = true;
	x->failed++;
}

/** claim() - hold a lease and plan its tunnel; false when it needs none */
static bool claim(struct restore_run *x, const struct worklist_item *item,
		  struct job *job)
{
	const struct config *config = x->files->store.config;
	struct store_claim *c = &job->claim;
	enum store_result r =
		store_claim_number(&x->files->store, item->pool, item->number, c);

	x->held += r == STORE_CLAIMED;
	if (r == STORE_ERROR)
		fail(x, (size_t)(item - x->todo->items));
	if (r != STORE_OK)
		return false;
	job->mark = (size_t)(item - x->todo->items);
	if (!lease_is_active(&c->lease, x->files->store.now())) {
		store_let_go(&x->files->store, c);
		return false;
	}
	if (c->before.state == LEASE_OFFERED)
		jobs_step(x->from ? x->from : config, job, TEMPLATE_TEARDOWN, c->pool,
			  &c->before, &c->before.tunnel);
	if (x->from)
		jobs_step(x->from, job, TEMPLATE_TEARDOWN, c->pool, &c->lease,
			  &c->lease.tunnel);
	jobs_step(config, job, TEMPLATE_CREATION, c->pool, &c->lease, &c->lease.tunnel);
	return true;
}

/** next() - the next lease that needs its tunnel */
static bool next(void *context, struct job *job)
{
	struct restore_run *x = context;
	const struct worklist_item *item;

	while ((item = worklist_next(x->todo))) {
		if (!item->done && claim(x, item, job))
			return true;
	}
	return false;
}

/** done() - the tunnel is up, or not: the lease goes back as it is */
static void done(void *context, struct job *job)
{
	struct restore_run *x = context;
	struct store *store = &x->files->store;
	struct lease lease = job->claim.lease;

	if (job->failed || job->claim.before.state != LEASE_OFFERED)
		store_let_go(store, &job->claim);
	else if (store_put_back(store, &job->claim))
		job->failed = true;
	if (job->failed) {
		fail(x, job->mark);
		return;
	}
	x->restored++;
	event_lease(store->config, EVENT_RESTORED, job->claim.pool, &lease,
		    "is built again:");
}

/**
 * restore_tunnels() - build the tunnels of a list of leases
 * @x:		Run: files and list; counts are added up
 * @jobs:	How many at a time, each by a run of its own; 0: many by one run where the
 *		template can, the others as many at a time as jobs_run() thinks best
 *
 * Return: 0, also when some have failed; an exit status, reported
 */
int restore_tunnels(struct restore_run *x, unsigned jobs)
{
	struct jobs_work work = {.config = x->files->store.config,
				 .next = next,
				 .done = done,
				 .context = x,
				 .jobs = jobs,
				 .what = RESTORE_WHAT};

	if (!jobs && !x->from)
		restore_batch(x);
	work.total = x->todo->count - x->restored;
	return jobs_run(&work);
}

/** say() - what came of it */
static int say(const struct ctl *ctl, const struct restore_run *x)
{
	static const struct output_field fields[] = {
		{"restored", "Restored"},
		{"held", "In the hands of sessions"},
		{"failed", "Failed"},
	};
	const struct output_value values[] = {
		OUTPUT_NUMBER_VALUE(x->restored),
		OUTPUT_NUMBER_VALUE(x->held),
		OUTPUT_NUMBER_VALUE(x->failed),
	};
	struct output output;

	if (ctl->json) {
		output_begin(&output, OUTPUT_JSON_ITEM, fields,
			     sizeof(fields) / sizeof(fields[0]));
		output_row(&output, values);
		return output_end(&output);
	}
	printf("%zu restored", x->restored);
	if (x->held)
		printf(", %zu in the hands of sessions", x->held);
	if (x->failed)
		printf(", %zu failed", x->failed);
	putchar('\n');
	return 0;
}

/** run() - with the files open */
static int run(const struct ctl *ctl, struct restore_run *x, unsigned jobs)
{
	int r;

	if (worklist_collect(x->todo, &x->files->store, collect))
		return CTL_ERROR;
	files_damaged_lines(x->files, x->todo->damaged);
	r = restore_tunnels(x, jobs);
	if (say(ctl, x))
		return CTL_ERROR;
	return r ? r : x->failed ? CTL_FAILED : CTL_OK;
}

/** other_template() - the configuration with another template; 0 or -1, reported */
static int other_template(const struct config *config, const char *path,
			  struct config *out)
{
	*out = *config;
	if (realpath(path, out->template) && !access(out->template, X_OK))
		return 0;
	log_msg(LOG_ERR, "%s: %m", path);
	return -1;
}

int ctl_restore(struct ctl *ctl, int argc, char **argv)
{
	static struct config before;
	const char *from = NULL;
	uint32_t jobs = 0;
	const struct option_spec specs[] = {
		{"jobs", OPTION_NUMBER, &jobs, 1, JOBS_MAX},
		{"from", OPTION_TEXT, &from, 0, 0},
	};
	struct worklist todo = {.items = NULL};
	struct files files;
	struct restore_run x = {.files = &files, .todo = &todo};
	int r;

	if (options_parse(ctl, argc, argv, specs, 2, 0, 0) < 0)
		return CTL_USAGE;
	if (from && other_template(&ctl->config, from, &before))
		return CTL_FAILED;
	x.from = from ? &before : NULL;
	r = files_open(ctl, &files, TABLE_SERVE);
	if (r)
		return r;
	r = run(ctl, &x, jobs);
	r = files_exit(&files, r);
	files_close(&files);
	worklist_free(&todo);
	return r;
}
