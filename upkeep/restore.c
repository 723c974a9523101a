/* SPDX-License-Identifier: MIT */
/*
 * restore.c - build tunnels of leases again
 *
 * After a boot the kernel has no tunnels. A lease that a session holds is left to that
 * session. An offer whose session died with the machine is withdrawn on the way.
 *
 * If another template built the tunnels that exist, it first takes each of them down.
 */
#include "upkeep/restore.h"

#include "lib/log.h"
#include "tunnel/event.h"
#include "tunnel/modes.h"
#include "upkeep/jobs.h"
#include "upkeep/restore_batch.h"

/** add_lease() - worklist_visitor(): leases that are active, or will be without their offer */
static int add_lease(struct worklist_tour *tour, const struct lease *lease)
{
	struct lease settled = *lease;

	lease_settle(&settled);
	if (!lease_is_active(&settled, tour->store->now()))
		return 0;
	return worklist_add(tour->list, tour->pool, lease->number, 0, 0);
}

/** struct unfit - leases whose tunnels the template does not build */
struct unfit {
	const struct store *store;
	size_t count;
};

/** count_unfit() - table_visitor(): an active lease of IPv6 in UDP */
static int count_unfit(uint32_t number, const struct lease *lease, const char *why,
		       void *context)
{
	struct unfit *u = context;
	struct lease settled;

	(void)number;
	(void)why;
	if (!lease)
		return 0;
	settled = *lease;
	lease_settle(&settled);
	u->count += settled.tunnel.mode == TUNNEL_V6UDPV4 &&
		    lease_is_active(&settled, u->store->now());
	return 0;
}

/** fits() - the template builds tunnels of all modes that leases have; false, logged */
static bool fits(struct store *store)
{
	const char *template = store->config->template;
	struct unfit u = {.store = store};

	if (modes_declared(template, TUNNEL_V6UDPV4))
		return true;
	POOL_EACH(kind) {
		if (store->tables[kind].fd >= 0)
			table_each(&store->tables[kind], count_unfit, &u);
	}
	if (u.count)
		log_msg(LOG_ERR,
			"%s: does not build v6udpv4, and %zu active leases have it: "
			"'tspctl list --mode v6udpv4' names them, 'tspctl release' ends "
			"them",
			template, u.count);
	return !u.count;
}

/** fail() - an item's tunnel could not be built */
static void fail(struct restore *r, size_t item)
{
	r->list->items[item].failed = true;
	r->failed++;
}

/** claim() - hold a lease and plan its tunnel; false: it needs none */
static bool claim(struct restore *r, const struct worklist_item *item, struct job *job)
{
	struct store *store = &r->files->store;
	struct store_claim *c = &job->claim;
	enum store_result result = store_claim_number(store, item->pool, item->number, c);

	job->mark = (size_t)(item - r->list->items);
	r->held += result == STORE_CLAIMED;
	if (result == STORE_ERROR)
		fail(r, job->mark);
	if (result != STORE_OK)
		return false;
	if (!lease_is_active(&c->lease, store->now())) {
		store_let_go(store, c);
		return false;
	}
	if (c->before.state == LEASE_OFFERED)
		jobs_step(r->from ? r->from : store->config, job, TEMPLATE_TEARDOWN,
			  c->pool, &c->before, &c->before.tunnel);
	if (r->from)
		jobs_step(r->from, job, TEMPLATE_TEARDOWN, c->pool, &c->lease,
			  &c->lease.tunnel);
	jobs_step(store->config, job, TEMPLATE_CREATION, c->pool, &c->lease,
		  &c->lease.tunnel);
	return true;
}

/** next_tunnel() - plan the next tunnel that no batch has built */
static bool next_tunnel(void *context, struct job *job)
{
	struct restore *r = context;
	const struct worklist_item *item;

	while (!(r->whole && r->failed) && (item = worklist_next(r->list))) {
		if (!item->done && claim(r, item, job))
			return true;
	}
	return false;
}

/** tunnel_done() - let go of the lease, whether its tunnel is up or not */
static void tunnel_done(void *context, struct job *job)
{
	struct restore *r = context;
	struct store *store = &r->files->store;
	struct lease lease = job->claim.lease;

	if (job->failed || job->claim.before.state != LEASE_OFFERED)
		store_let_go(store, &job->claim);
	else if (store_put_back(store, &job->claim))
		job->failed = true;
	if (job->failed) {
		fail(r, job->mark);
		return;
	}
	r->restored++;
	r->list->items[job->mark].done = true;
	event_lease(store->config, EVENT_RESTORED, job->claim.pool, &lease,
		    "is built again:");
}

/** build_each() - a run of the template for each lease of the list that no batch has built */
static enum upkeep_result build_each(struct restore *r, unsigned jobs)
{
	struct jobs_work work = {.files = r->files,
				 .next = next_tunnel,
				 .done = tunnel_done,
				 .context = r,
				 .jobs = jobs,
				 .what = RESTORE_WHAT};
	size_t i;

	for (i = 0; i < r->list->count; i++)
		work.total += !r->list->items[i].done;
	return jobs_run(&work);
}

/** next_undo() - plan how the next tunnel goes back to the template before */
static bool next_undo(void *context, struct job *job)
{
	struct restore *r = context;
	struct store *store = &r->files->store;
	const struct worklist_item *item;
	struct store_claim *c = &job->claim;

	while ((item = worklist_next(r->list))) {
		if ((!item->done && !item->failed) ||
		    store_claim_number(store, item->pool, item->number, c) != STORE_OK)
			continue;
		if (!lease_is_active(&c->lease, store->now())) {
			store_let_go(store, c);
			continue;
		}
		jobs_step(store->config, job, TEMPLATE_TEARDOWN, c->pool, &c->lease,
			  &c->lease.tunnel);
		jobs_step(r->from, job, TEMPLATE_CREATION, c->pool, &c->lease,
			  &c->lease.tunnel);
		return true;
	}
	return false;
}

/** undo_done() - the tunnel is back, or not */
static void undo_done(void *context, struct job *job)
{
	struct restore *r = context;

	store_let_go(&r->files->store, &job->claim);
	r->undone += !job->failed;
	r->lost += job->failed;
}

/** undo() - give all tunnels back to the template before */
static void undo(struct restore *r, unsigned jobs)
{
	struct jobs_work work = {.files = r->files,
				 .next = next_undo,
				 .done = undo_done,
				 .context = r,
				 .jobs = jobs,
				 .what = "building again",
				 .total = r->restored + r->failed};

	r->list->at = 0;
	jobs_run(&work);
	r->restored = 0;
}

/**
 * restore_list() - build the tunnels of a list of leases
 * @r:		Restore: files and list; counts are added up
 * @jobs:	A run for each tunnel, @jobs at a time; 0: one run for many tunnels if the
 *		template can, and the others as many at a time as jobs_run() chooses
 *
 * Return: as jobs_run()
 */
enum upkeep_result restore_list(struct restore *r, unsigned jobs)
{
	if (!jobs && !r->from)
		restore_batch(r);
	return build_each(r, jobs);
}

/**
 * restore_all() - build the tunnels of all active leases
 * @r:		Restore with an empty list, which is filled
 * @jobs:	As in restore_list()
 *
 * Return: enum upkeep_result
 */
enum upkeep_result restore_all(struct restore *r, unsigned jobs)
{
	struct store *store = &r->files->store;
	enum upkeep_result result;

	if (r->from && !fits(store))
		return UPKEEP_INCOMPLETE;
	if (!jobs && !r->from && modes_batch_declared(store->config->template)) {
		if (restore_batch_all(r))
			return UPKEEP_ERROR;
	} else if (worklist_collect(r->list, store, add_lease)) {
		return UPKEEP_ERROR;
	}
	files_damaged_lines(r->files, r->list->damaged);
	result = build_each(r, jobs);
	if (r->whole && r->failed)
		undo(r, jobs);
	return result == UPKEEP_OK && r->failed ? UPKEEP_INCOMPLETE : result;
}
