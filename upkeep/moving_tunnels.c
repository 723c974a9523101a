/* SPDX-License-Identifier: MIT */
/*
 * moving_tunnels.c - take the tunnels down of leases that move
 *
 * The leases are held by the move (alloc/move.c). If a tunnel does not come down, those that
 * are down are built again.
 */
#include "upkeep/moving_tunnels.h"

#include "lib/log.h"
#include "upkeep/jobs.h"

/** struct tour - runs of the template for the leases that move */
struct tour {
	struct moving *moving;
	enum template_operation operation;
	enum pool_kind pool;
	size_t at;     /* the next item of the pool */
	size_t failed; /* tunnels */
};

/** plan_down() - take down all tunnels that a lease may have */
static bool plan_down(const struct tour *tour, const struct lease *lease, struct job *job)
{
	const struct config *before = &tour->moving->before;

	jobs_step(before, job, TEMPLATE_TEARDOWN, tour->pool, lease, &lease->tunnel);
	if (lease->state == LEASE_OFFERED && lease->before.mode != TUNNEL_NONE)
		jobs_step(before, job, TEMPLATE_TEARDOWN, tour->pool, lease,
			  &lease->before);
	return true;
}

/** plan_back() - build the tunnel of a lease again, if it is down and has not ended */
static bool plan_back(const struct tour *tour, const struct move_item *item,
		      struct lease *lease, struct job *job)
{
	if (!item->down || item->fate != MOVE_MOVES ||
	    moving_is_done(tour->moving, tour->pool))
		return false;
	lease_settle(lease);
	jobs_step(&tour->moving->before, job, TEMPLATE_CREATION, tour->pool, lease,
		  &lease->tunnel);
	return true;
}

/** plan() - plan the runs for an item; false: it needs none */
static bool plan(struct tour *tour, const struct move_item *item, struct job *job)
{
	const struct move *move = &tour->moving->moves[tour->pool];
	struct lease lease;

	if (item->fate != MOVE_MOVES && item->fate != MOVE_ENDS)
		return false;
	if (move_read(move, item, &lease)) {
		tour->failed++;
		return false;
	}
	return tour->operation == TEMPLATE_TEARDOWN ? plan_down(tour, &lease, job)
						    : plan_back(tour, item, &lease, job);
}

/** next() - plan the runs for the next lease that needs some */
static bool next(void *context, struct job *job)
{
	struct tour *tour = context;

	for (; tour->pool < POOL_KINDS; tour->pool++, tour->at = 0) {
		const struct move_plan *p = &tour->moving->moves[tour->pool].plan;

		while (tour->at < p->count) {
			job->claim.pool = tour->pool;
			job->mark = tour->at++;
			if (plan(tour, &p->items[job->mark], job))
				return true;
		}
	}
	return false;
}

/** done() - note whether a tunnel is down */
static void done(void *context, struct job *job)
{
	struct tour *tour = context;
	struct move_item *item =
		&tour->moving->moves[job->claim.pool].plan.items[job->mark];

	tour->failed += job->failed;
	if (job->failed || tour->operation != TEMPLATE_TEARDOWN)
		return;
	item->down = true;
	tour->moving->down++;
}

/** run() - run the template for all leases that move */
static enum upkeep_result run(struct tour *tour, const char *what)
{
	const struct files files = {.observer = tour->moving->observer};
	struct jobs_work work = {.files = &files,
				 .next = next,
				 .done = done,
				 .context = tour,
				 .what = what};

	POOL_EACH(kind) {
		const uint32_t *counts = tour->moving->moves[kind].plan.counts;

		work.total += (size_t)counts[MOVE_MOVES] + counts[MOVE_ENDS];
	}
	return jobs_run(&work);
}

/** moving_tunnels_back() - build tunnels again of pools that have not moved; logs the result */
void moving_tunnels_back(struct moving *m)
{
	struct tour tour = {.moving = m, .operation = TEMPLATE_CREATION};

	if (run(&tour, "building again") == UPKEEP_OK && !tour.failed)
		log_msg(LOG_ERR, "not moved: all tunnels that were taken down are up "
				 "again");
	else
		log_msg(LOG_ERR,
			"not moved: some tunnels are down: run 'tspctl move' again, or "
			"set the old ranges back and run 'tspctl restore'");
}

/**
 * moving_tunnels_down() - take down the tunnels of all leases that move
 * @m:		Move; its leases are held and planned
 *
 * Return: MOVING_DONE; MOVING_REFUSED, logged: as many as possible are up again
 */
enum moving_result moving_tunnels_down(struct moving *m)
{
	struct tour tour = {.moving = m, .operation = TEMPLATE_TEARDOWN};
	enum upkeep_result r = run(&tour, "taking down");

	if (r == UPKEEP_OK && !tour.failed)
		return MOVING_DONE;
	if (tour.failed)
		log_msg(LOG_ERR, "%zu tunnels could not be taken down", tour.failed);
	moving_tunnels_back(m);
	return MOVING_REFUSED;
}
