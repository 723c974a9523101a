/* SPDX-License-Identifier: MIT */
/*
 * restore_batch.c - build many tunnels by one run of the template
 *
 * A shell and its programs cost a hundred times what the kernel needs for a route. So a
 * template that declares it (modes.c) builds up to BATCH_MAX tunnels in one run, which
 * succeeds or fails as a whole. After a failure each half gets a run, and their halves,
 * down to BATCH_MIN: a few tunnels that cannot be built cost the others little. Leases that
 * are left then, that are held, or that need more than a creation are not marked as done;
 * restore.c gives each a run, which logs why it fails.
 */
#include "upkeep/restore_batch.h"

#include <stdlib.h>

#include "lib/log.h"
#include "tunnel/modes.h"
#include "tunnel/template_batch.h"
#include "upkeep/jobs.h"

/* Leases held at a time: their clients are told 521 meanwhile */
#define BATCH_MAX TEMPLATE_BATCH_MAX
#define BATCH_MIN 16

/** struct part - a lease of a batch, held */
struct part {
	size_t item; /* in the list */
	struct store_claim claim;
};

/** struct batch - leases whose tunnels one run builds */
struct batch {
	struct restore *restore;
	struct part *parts;
	struct tunnel *tunnels; /* of @parts */
	size_t count;
	struct worklist_turn turn;
};

/** take() - hold a lease that only needs its tunnel's creation */
static void take(struct batch *b, size_t item)
{
	struct store *store = &b->restore->files->store;
	const struct worklist_item *from = &b->restore->list->items[item];
	struct part *part = &b->parts[b->count];
	struct store_claim *c = &part->claim;

	if (worklist_lock(&b->turn, &store->tables[from->pool]))
		return;
	if (store_claim_number(store, from->pool, from->number, c) != STORE_OK)
		return;
	if (c->before.state == LEASE_OFFERED ||
	    !lease_is_active(&c->lease, store->now())) {
		store_let_go(store, c);
		return;
	}
	part->item = item;
	tunnel_describe(store->config, c->pool, &c->lease, &c->lease.tunnel,
			(struct in_addr){0}, &b->tunnels[b->count]);
	b->count++;
}

/** finish() - let go of a lease whose tunnel is up */
static void finish(struct batch *b, struct part *part)
{
	struct restore *r = b->restore;

	store_let_go(&r->files->store, &part->claim);
	r->list->items[part->item].done = true;
	r->restored++;
}

/** build() - build a part of the batch, its halves if that fails; lets go of all its leases */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as a batch can be halved */
static void build(struct batch *b, size_t first, size_t count)
{
	struct store *store = &b->restore->files->store;
	bool up = count && !jobs_stopped() &&
		  !template_batch(store->config, TEMPLATE_BATCH, b->tunnels + first,
				  count, NULL);
	size_t i;

	if (!up && count > BATCH_MIN && !jobs_stopped()) {
		build(b, first, count / 2);
		build(b, first + count / 2, count - count / 2);
		return;
	}
	for (i = first; i < first + count; i++) {
		if (up)
			finish(b, &b->parts[i]);
		else
			store_let_go(store, &b->parts[i].claim);
	}
	/* One line: a line for each of 50,000 tunnels would flood the journal at each boot */
	if (up)
		log_msg(LOG_INFO, "%zu tunnels are built again in one run", count);
	upkeep_advance(b->restore->files->observer, b->restore->restored);
}

/** build_all() - build the whole list, batch by batch */
static void build_all(struct batch *b)
{
	const struct upkeep_observer *observer = b->restore->files->observer;
	const struct worklist *list = b->restore->list;
	size_t i;

	jobs_catch_stop();
	upkeep_begin(observer, RESTORE_WHAT, list->count);
	for (i = 0; i < list->count && !jobs_stopped(); i++) {
		take(b, i);
		if (b->count < BATCH_MAX && i + 1 < list->count)
			continue;
		worklist_unlock(&b->turn);
		build(b, 0, b->count);
		b->count = 0;
	}
	worklist_unlock(&b->turn);
	upkeep_end(observer);
}

/**
 * restore_batch() - build those tunnels that can be built many at a time
 * @r:		Restore; items whose tunnels are up are counted and marked as done
 */
void restore_batch(struct restore *r)
{
	struct batch b = {.restore = r};

	if (r->list->count < BATCH_MIN ||
	    !modes_batch_declared(r->files->store.config->template))
		return;
	b.parts = calloc(BATCH_MAX, sizeof(*b.parts));
	b.tunnels = calloc(BATCH_MAX, sizeof(*b.tunnels));
	if (b.parts && b.tunnels)
		build_all(&b);
	free(b.parts);
	free(b.tunnels);
}
