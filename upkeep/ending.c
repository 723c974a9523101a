/* SPDX-License-Identifier: MIT */
/*
 * ending.c - take tunnels down and end their leases, in that order
 *
 * The lease is held while the template runs, so no session can claim it. It ends in the
 * file only after its tunnel is down; a tunnel that does not come down keeps its lease, and
 * the next run tries again. Leases end in batches: a batch takes one sync, as one lease
 * does.
 */
#include "upkeep/ending.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "tunnel/event.h"

/** ending_begin() - start with an empty batch and counts of zero */
void ending_begin(struct ending *e, struct files *f)
{
	e->files = f;
	e->ended = e->settled = e->failed = e->count = 0;
}

/** stays() - the lease stays active, whatever becomes of an offer */
static bool stays(const struct ending *e, const struct store_claim *claim,
		  enum ending_wish wish)
{
	return wish == ENDING_IF_OVER &&
	       lease_is_active(&claim->lease, e->files->store.now());
}

/**
 * ending_plan() - plan the runs of the template that a claimed lease needs
 * @e:		Ending
 * @job:	Job with a claim from store_claim_number(); steps are added
 * @wish:	What to do with the lease
 *
 * Return: false: there is nothing to do, and the lease has been let go
 */
bool ending_plan(const struct ending *e, struct job *job, enum ending_wish wish)
{
	const struct config *config = e->files->store.config;
	const struct store_claim *c = &job->claim;
	bool offer = c->before.state == LEASE_OFFERED;
	bool keep = stays(e, c, wish);

	if (c->before.state == LEASE_EXPIRED || (keep && !offer)) {
		store_let_go(&e->files->store, &job->claim);
		return false;
	}
	jobs_step(config, job, TEMPLATE_TEARDOWN, c->pool, &c->before, &c->before.tunnel);
	if (offer && !keep && c->before.before.mode != TUNNEL_NONE)
		jobs_step(config, job, TEMPLATE_TEARDOWN, c->pool, &c->before,
			  &c->before.before);
	if (keep)
		jobs_step(config, job, TEMPLATE_CREATION, c->pool, &c->lease,
			  &c->lease.tunnel);
	return true;
}

/** ending_flush() - end the leases of the batch, durably, and log each */
void ending_flush(struct ending *e)
{
	size_t i;

	if (!e->count)
		return;
	if (store_end_all(&e->files->store, e->batch, e->count)) {
		e->failed += e->count;
		e->count = 0;
		return;
	}
	for (i = 0; i < e->count; i++)
		event_lease(e->files->store.config, EVENT_ENDED, e->batch[i].pool,
			    &e->batch[i].lease, e->why[i]);
	e->ended += e->count;
	e->count = 0;
}

/** settle() - withdraw an offer whose accepted tunnel is up again */
static void settle(struct ending *e, struct job *job)
{
	struct lease offer = job->claim.before;

	if (store_put_back(&e->files->store, &job->claim)) {
		e->failed++;
		return;
	}
	event_lease(e->files->store.config, EVENT_WITHDRAWN, job->claim.pool, &offer,
		    "its session died:");
	e->settled++;
}

/**
 * ending_done() - after the template has run: change the file
 * @e:		Ending
 * @job:	Job of ending_plan() after its last step; its claim is taken over
 * @wish:	As in ending_plan()
 * @why:	For the log; must stay valid until ending_flush()
 */
void ending_done(struct ending *e, struct job *job, enum ending_wish wish,
		 const char *why)
{
	if (job->failed) {
		store_let_go(&e->files->store, &job->claim);
		e->failed++;
		return;
	}
	if (stays(e, &job->claim, wish)) {
		settle(e, job);
		return;
	}
	e->why[e->count] = why;
	e->batch[e->count++] = job->claim;
	job->claim.held = false;
	if (e->count == ENDING_BATCH)
		ending_flush(e);
}

/** struct one - a single lease as work for jobs_run() */
struct one {
	struct ending *ending;
	const struct job *job; /* NULL: jobs_run() has taken it */
	enum ending_wish wish;
	const char *why;
};

static bool next_one(void *context, struct job *job)
{
	struct one *one = context;

	if (!one->job)
		return false;
	job->claim = one->job->claim;
	memcpy(job->steps, one->job->steps, sizeof(job->steps));
	job->count = one->job->count;
	one->job = NULL;
	return true;
}

static void done_one(void *context, struct job *job)
{
	struct one *one = context;

	ending_done(one->ending, job, one->wish, one->why);
}

/** claim_one() - hold a lease that was found and plan its end */
static enum ending_result claim_one(struct ending *e, const struct store_ref *ref,
				    enum ending_wish wish, struct job *job)
{
	struct store *store = &e->files->store;

	switch (store_claim_number(store, ref->pool, ref->lease.number, &job->claim)) {
	case STORE_OK:
		break;
	case STORE_CLAIMED:
		return ENDING_HELD;
	case STORE_NO_LEASE:
		return ENDING_GONE;
	default:
		return ENDING_FAILED;
	}
	if (!strcmp(job->claim.before.owner, ref->lease.owner))
		return ending_plan(e, job, wish) ? ENDING_OK : ENDING_GONE;
	store_let_go(store, &job->claim);
	return ENDING_GONE;
}

/** end_one() - ending_one() with memory for it */
static enum ending_result end_one(struct one *one, const struct store_ref *ref,
				  struct job *job)
{
	struct ending *e = one->ending;
	const struct jobs_work work = {.files = e->files,
				       .next = next_one,
				       .done = done_one,
				       .context = one,
				       .jobs = 1};
	enum ending_result r = claim_one(e, ref, one->wish, job);

	if (r != ENDING_OK)
		return r;
	one->job = job;
	if (jobs_run(&work))
		r = ENDING_FAILED;
	ending_flush(e);
	return e->failed ? ENDING_FAILED : r;
}

/**
 * ending_one() - end one lease now
 * @f:		Files, open for TABLE_SERVE or TABLE_MEND
 * @ref:	Lease as it was found
 * @wish:	What to do with it
 * @why:	For the log
 *
 * Return: enum ending_result
 */
enum ending_result ending_one(struct files *f, const struct store_ref *ref,
			      enum ending_wish wish, const char *why)
{
	struct ending *e = malloc(sizeof(*e));
	struct job *job = calloc(1, sizeof(*job));
	struct one one = {.ending = e, .wish = wish, .why = why};
	enum ending_result r = ENDING_FAILED;

	if (e && job) {
		ending_begin(e, f);
		r = end_one(&one, ref, job);
	} else {
		log_msg(LOG_ERR, "%m");
	}
	free(e);
	free(job);
	return r;
}
