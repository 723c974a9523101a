/* SPDX-License-Identifier: MIT */
/*
 * ask.c - ask tunnels for their counters
 *
 * Nothing is held meanwhile: to ask changes nothing, and whoever may read the files may
 * ask. A tunnel that is being rebuilt just now can seem to be missing.
 */
#include "ctl/ask.h"

#include "ctl/tunnels.h"

/** struct ask - a round of questions */
struct ask {
	struct files *files;
	struct todo *todo;
	ask_answer *answer;
	void *context;
};

/** ask_collect_active() - todo_collect(): all leases that should have a tunnel */
int ask_collect_active(struct todo_tour *tour, const struct lease *lease)
{
	if (!lease_is_active(lease, tour->store->now()))
		return 0;
	return todo_add(tour->todo, tour->pool, lease->number, 0, 0);
}

/** read_active() - the lease as it is now; false when it has no tunnel to ask */
static bool read_active(struct ask *x, const struct todo_item *item, struct lease *out)
{
	struct table *t = &x->files->store.tables[item->pool];
	int r;

	if (table_lock(t))
		return false;
	r = table_read(t, item->number, out);
	table_unlock(t);
	if (r)
		return false;
	lease_settle(out);
	return lease_is_active(out, x->files->store.now());
}

static bool next(void *context, struct tunnels_job *job)
{
	struct ask *x = context;
	const struct todo_item *item;
	struct lease *lease = &job->claim.lease;

	while ((item = todo_next(x->todo))) {
		if (!read_active(x, item, lease))
			continue;
		job->mark = (size_t)(item - x->todo->items);
		tunnels_step(x->files->store.config, job, TEMPLATE_INFO,
			     (enum pool_kind)item->pool, lease, &lease->tunnel);
		return true;
	}
	return false;
}

static void done(void *context, struct tunnels_job *job)
{
	struct ask *x = context;
	struct traffic traffic;

	traffic_parse(job->output, &traffic);
	x->answer(x->context, job->mark, &job->claim.lease,
		  job->failed ? NULL : &traffic);
}

/**
 * ask_tunnels() - ask the tunnels of a list of leases, several at a time
 * @f:		Files
 * @todo:	List; those that are not active are passed over
 * @jobs:	How many at a time; 0: as tunnels_run() thinks best
 * @answer:	Called for each that was asked, in any order
 * @context:	For @answer
 *
 * Return: 0; an exit status, reported
 */
int ask_tunnels(struct files *f, struct todo *todo, unsigned jobs, ask_answer *answer,
		void *context)
{
	struct ask x = {.files = f, .todo = todo, .answer = answer, .context = context};
	const struct tunnels_work work = {.config = f->store.config,
					  .next = next,
					  .done = done,
					  .context = &x,
					  .jobs = jobs,
					  .total = todo->count,
					  .what = "asking"};

	return tunnels_run(&work);
}
