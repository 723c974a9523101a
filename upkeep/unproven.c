/* SPDX-License-Identifier: MIT */
/*
 * unproven.c - extend leases whose clients have proven to be there
 *
 * A lease that was made over UDP lasts two minutes: the source of a datagram can be forged,
 * and then nobody is at the other end of the tunnel. A tunnel that has received something
 * proves that its client is there, and its lease is extended to the full lifetime. The
 * others run out as any lease does. So these leases must be looked at within two minutes:
 * tsp-expire.timer.
 */
#include "upkeep/unproven.h"

#include "lib/log.h"
#include "tunnel/event.h"
#include "upkeep/counters.h"

/** struct proof - unproven_extend() under way */
struct proof {
	struct files *files;
	struct worklist list;
	bool failed;
};

/** add_unproven() - worklist_visitor(): leases whose clients are unproven */
static int add_unproven(struct worklist_tour *tour, const struct lease *lease)
{
	if (lease->state != LEASE_CLAIMED)
		return 0;
	return worklist_add_active(tour, lease);
}

/** prove() - counters_answer(): extend the lease if its tunnel has received something */
static void prove(void *context, size_t item, const struct lease *lease,
		  const struct traffic *traffic)
{
	struct proof *p = context;
	struct store *store = &p->files->store;
	struct store_claim claim;
	enum store_result r;
	uint64_t received;

	if (!traffic || !traffic_received(traffic, &received) || !received)
		return;
	r = store_claim_number(store, p->list.items[item].pool, lease->number, &claim);
	if (r == STORE_ERROR || (r == STORE_OK && store_prove(store, &claim)))
		p->failed = true;
	else if (r == STORE_OK && claim.lease.state == LEASE_PRESENT)
		event_presence(store->config, claim.pool, &claim.lease);
}

/**
 * unproven_extend() - extend leases whose tunnels have received something
 * @f:		Files, open to be changed
 * @jobs:	As in counters_ask()
 *
 * Return: enum upkeep_result
 */
enum upkeep_result unproven_extend(struct files *f, unsigned jobs)
{
	struct proof p = {.files = f};
	enum upkeep_result r = UPKEEP_ERROR;

	if (!worklist_collect(&p.list, &f->store, add_unproven))
		r = counters_ask(f, &p.list, jobs, prove, &p);
	worklist_free(&p.list);
	return r == UPKEEP_OK && p.failed ? UPKEEP_INCOMPLETE : r;
}
