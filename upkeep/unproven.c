/* SPDX-License-Identifier: MIT */
/*
 * unproven.c - leases that a first packet makes good
 *
 * A lease that was made over UDP has two minutes: the source of a datagram can be forged,
 * and then nobody is at the other end of the tunnel. When the tunnel has received something
 * there is somebody, and the lease gets its full time. Those that received nothing run out
 * like any other. So tspctl must come by in these two minutes: tsp-expire.timer.
 */
#include "upkeep/unproven.h"

#include "lib/log.h"
#include "upkeep/counters.h"

/** struct proof - a look at the leases that wait for a packet */
struct proof {
	struct files *files;
	struct worklist todo;
	bool failed;
};

static int collect(struct worklist_tour *tour, const struct lease *lease)
{
	if (!lease_is_provisional(lease))
		return 0;
	return worklist_add_active(tour, lease);
}

/** answer() - a tunnel that has received something is somebody's */
static void answer(void *context, size_t item, const struct lease *lease,
		   const struct traffic *traffic)
{
	struct proof *x = context;
	struct store *store = &x->files->store;
	struct store_claim claim;
	enum store_result r;
	uint64_t received;

	if (!traffic || !traffic_received(traffic, &received) || !received)
		return;
	r = store_claim_number(store, x->todo.items[item].pool, lease->number, &claim);
	if (r == STORE_ERROR || (r == STORE_OK && store_prove(store, &claim)))
		x->failed = true;
}

/**
 * unproven_extend() - give leases their full time whose tunnels have received something
 * @ctl:	Run
 * @f:		Files, open to be changed
 * @jobs:	Tunnels to ask at a time; 0: as jobs_run() thinks best
 *
 * Return: 0; an exit status, reported
 */
int unproven_extend(struct ctl *ctl, struct files *f, unsigned jobs)
{
	struct proof x = {.files = f};
	int r;

	(void)ctl;
	r = worklist_collect(&x.todo, &f->store, collect)
		    ? CTL_ERROR
		    : counters_ask(f, &x.todo, jobs, answer, &x);
	worklist_free(&x.todo);
	return !r && x.failed ? CTL_FAILED : r;
}
