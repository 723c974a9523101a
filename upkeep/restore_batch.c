/* SPDX-License-Identifier: MIT */
/*
 * restore_batch.c - tspctl restore: many tunnels by one run of the template
 *
 * A shell and its programs cost a hundred times what the kernel needs for a route, so a
 * template that can build many tunnels in one run (modes.c) is told of BATCH_MAX at a time.
 * It says only that all of them are up, or not. When not, the halves are tried, and theirs,
 * down to BATCH_MIN: a few that cannot be built cost the others little. What is left then is
 * not marked as done, and restore.c builds it as without all this, a run for each, which is
 * where failures are told. So do leases that need more than a creation, or are held.
 */
#include "upkeep/restore_batch.h"

#include <stdlib.h>

#include "ctl/ui/progress.h"
#include "lib/log.h"
#include "tunnel/modes.h"
#include "tunnel/template_batch.h"

/* Leases held at a time: sessions are told 521 meanwhile */
#define BATCH_MAX TEMPLATE_BATCH_MAX
#define BATCH_MIN 16

/** struct part - a lease of a batch, held */
struct part {
	size_t item; /* in the list */
	struct store_claim claim;
};

/** struct batch - so many at a time */
struct batch {
	struct restore_run *x;
	struct progress bar;
	struct part *parts;
	struct tunnel *tunnels; /* theirs */
	size_t count;
};

/** take() - hold a lease that needs nothing but its tunnel's creation */
static void take(struct batch *b, size_t item)
{
	struct store *store = &b->x->files->store;
	const struct worklist_item *todo = &b->x->todo->items[item];
	struct part *part = &b->parts[b->count];
	struct store_claim *c = &part->claim;

	if (store_claim_number(store, todo->pool, todo->number, c) != STORE_OK)
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

/** finish() - a tunnel is up */
static void finish(struct batch *b, struct part *part)
{
	struct restore_run *x = b->x;

	store_let_go(&x->files->store, &part->claim);
	x->todo->items[part->item].done = true;
	x->restored++;
}

/** build() - some of the batch, the halves where that fails; lets go of all */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as a batch can be halved */
static void build(struct batch *b, size_t first, size_t count)
{
	struct store *store = &b->x->files->store;
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
	/* Fifty thousand lines at each boot would be no news, and more than a journal takes */
	if (up)
		log_msg(LOG_INFO, "%zu tunnels are built again in one run", count);
	progress_show(&b->bar, b->x->restored);
}

/** restore_all() - with the memory for it */
static void restore_all(struct batch *b)
{
	const struct worklist *todo = b->x->todo;
	size_t i;

	jobs_catch_stop();
	progress_begin(&b->bar, RESTORE_WHAT, todo->count);
	for (i = 0; i < todo->count && !jobs_stopped(); i++) {
		take(b, i);
		if (b->count < BATCH_MAX && i + 1 < todo->count)
			continue;
		build(b, 0, b->count);
		b->count = 0;
	}
	progress_end(&b->bar);
}

/**
 * restore_batch() - build what can be built many at a time
 * @x:		Run; items that are up are marked as done and counted, the others left
 */
void restore_batch(struct restore_run *x)
{
	struct batch b = {.x = x};

	if (x->todo->count < BATCH_MIN ||
	    !modes_batch_declared(x->files->store.config->template))
		return;
	b.parts = calloc(BATCH_MAX, sizeof(*b.parts));
	b.tunnels = calloc(BATCH_MAX, sizeof(*b.tunnels));
	if (b.parts && b.tunnels)
		restore_all(&b);
	free(b.parts);
	free(b.tunnels);
}
