/* SPDX-License-Identifier: MIT */
/*
 * restore_batch.c - build many tunnels by one run of the template
 *
 * A shell and its programs cost a hundred times what the kernel needs for a route. So a
 * template that declares it (modes.c) builds up to BATCH_MAX tunnels in one run, which
 * succeeds or fails as a whole. After a failure each half gets a run, and their halves,
 * down to BATCH_MIN: a few tunnels that cannot be built cost the others little. Leases that
 * are left then, that are held, or that need more than a creation stay in the list;
 * restore.c gives each a run, which logs why it fails.
 *
 * Leases are read, decoded and held in runs of numbers that follow each other. For each
 * lease by itself the system calls would take as long as all the rest.
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
#define RUN_MAX   256 /* leases read and held at once */

#define NOT_LISTED SIZE_MAX

/** struct part - a lease of a batch, held */
struct part {
	struct table *table;
	uint32_t number;
	size_t item; /* in the list; NOT_LISTED: found on a tour of the file */
};

/** struct batch - leases whose tunnels one run builds */
struct batch {
	struct restore *restore;
	struct part *parts;
	struct tunnel *tunnels; /* of @parts */
	size_t count;
	char *lines; /* of a run */
	bool failed; /* a list cannot grow, or a file cannot be read: logged */
};

/** let_go() - release parts of the batch, in as few calls as their numbers allow */
static void let_go(const struct batch *b, size_t first, size_t count)
{
	size_t i, end = first + count, from;

	for (i = first; i < end; i++) {
		for (from = i;
		     i + 1 < end && b->parts[i + 1].table == b->parts[i].table &&
		     b->parts[i + 1].number == b->parts[i].number + 1;
		     i++)
			;
		table_release_run(b->parts[from].table, b->parts[from].number,
				  (uint32_t)(i - from) + 1);
	}
}

/** leave() - leave a lease to restore.c */
static void leave(struct batch *b, const struct part *part)
{
	struct worklist *list = b->restore->list;

	if (part->item == NOT_LISTED)
		b->failed |= worklist_add(list, part->table->kind, part->number, 0, 0);
}

/** hold_each() - hold the parts from @first on one by one; drops those that others hold */
static void hold_each(struct batch *b, size_t first)
{
	size_t i, kept = first;

	for (i = first; i < b->count; i++) {
		if (table_hold(b->parts[i].table, b->parts[i].number)) {
			leave(b, &b->parts[i]);
			continue;
		}
		b->parts[kept] = b->parts[i];
		b->tunnels[kept++] = b->tunnels[i];
	}
	b->count = kept;
}

/** hold() - hold the parts from @first on, whose numbers follow each other */
static void hold(struct batch *b, size_t first)
{
	const struct part *part = &b->parts[first];

	if (b->count == first)
		return;
	if (table_hold_run(part->table, part->number, (uint32_t)(b->count - first)))
		hold_each(b, first);
}

/** add() - add a lease to the batch, if it only needs its tunnel's creation; false: no */
static bool add(struct batch *b, const struct part *part, const char *line)
{
	struct store *store = &b->restore->files->store;
	struct lease lease;
	const char *why;

	if (lease_decode(line, part->number, &lease, &why)) {
		b->restore->list->damaged += part->item == NOT_LISTED;
		return false;
	}
	if (lease.state == LEASE_OFFERED) {
		lease_settle(&lease);
		if (lease_is_active(&lease, store->now()))
			leave(b, part);
		return false;
	}
	if (!lease_is_active(&lease, store->now()))
		return false;
	b->parts[b->count] = *part;
	tunnel_describe(store->config, part->table->kind, &lease, &lease.tunnel,
			(struct in_addr){0}, &b->tunnels[b->count]);
	b->count++;
	return true;
}

/**
 * take() - take leases into the batch, which has room for them
 * @b:		Batch
 * @first:	First of them
 * @count:	How many, at most RUN_MAX; their numbers follow each other
 */
static void take(struct batch *b, const struct part *first, uint32_t count)
{
	struct part part = *first;
	size_t group = b->count;
	uint32_t i, last;

	if (table_lock(part.table)) {
		b->failed = true;
		return;
	}
	last = part.table->capacity; /* the lock may have opened a smaller file */
	if (part.number > last)
		count = 0;
	else if (count > last - part.number + 1)
		count = last - part.number + 1;
	if (table_read_run(part.table, part.number, count, b->lines)) {
		b->failed = true;
		count = 0;
	}
	for (i = 0; i < count; i++, part.number++) {
		if (!add(b, &part, b->lines + (size_t)i * LEASE_LINE_LEN)) {
			hold(b, group);
			group = b->count;
		}
		part.item += part.item != NOT_LISTED;
	}
	hold(b, group);
	table_unlock(part.table);
}

/** finish() - let go of leases whose tunnels are up */
static void finish(struct batch *b, size_t first, size_t count)
{
	struct restore *r = b->restore;
	size_t i;

	let_go(b, first, count);
	for (i = first; i < first + count; i++) {
		if (b->parts[i].item != NOT_LISTED)
			r->list->items[b->parts[i].item].done = true;
	}
	r->restored += count;
	/* One line: a line for each of 50,000 tunnels would flood the journal at each boot */
	log_msg(LOG_INFO, "%zu tunnels are built again in one run", count);
}

/** build() - build a part of the batch, its halves if that fails; lets go of all its leases */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as a batch can be halved */
static void build(struct batch *b, size_t first, size_t count)
{
	const struct config *config = b->restore->files->store.config;
	size_t i;

	if (!jobs_stopped() &&
	    !template_batch(config, TEMPLATE_BATCH, b->tunnels + first, count, NULL)) {
		finish(b, first, count);
		return;
	}
	if (count > BATCH_MIN && !jobs_stopped()) {
		build(b, first, count / 2);
		build(b, first + count / 2, count - count / 2);
		return;
	}
	let_go(b, first, count);
	for (i = first; i < first + count; i++)
		leave(b, &b->parts[i]);
}

/** flush() - build what is in the batch; a few alone are left to restore.c */
static void flush(struct batch *b)
{
	size_t i;

	if (b->count >= BATCH_MIN || (b->count && b->restore->restored)) {
		build(b, 0, b->count);
	} else {
		let_go(b, 0, b->count);
		for (i = 0; i < b->count; i++)
			leave(b, &b->parts[i]);
	}
	b->count = 0;
}

/** next_run() - take the next run of a file or list, after making room; true: go on */
static bool next_run(struct batch *b, const struct part *first, uint32_t count)
{
	if (b->count + count > BATCH_MAX)
		flush(b);
	take(b, first, count);
	return !b->failed && !jobs_stopped();
}

/** build_file() - all leases of a file; true: go on */
static bool build_file(struct batch *b, struct table *t, size_t before)
{
	struct part part = {.table = t, .number = 1, .item = NOT_LISTED};
	uint32_t left, count;
	bool more = true;

	for (; part.number <= t->capacity && more; part.number += count) {
		left = t->capacity - part.number + 1;
		count = left < RUN_MAX ? left : RUN_MAX;
		more = next_run(b, &part, count);
		upkeep_advance(b->restore->files->observer,
			       before + part.number + count - 1);
	}
	return more;
}

/** run_length() - items of a list from @at on whose numbers follow each other */
static uint32_t run_length(const struct worklist *list, size_t at)
{
	const struct worklist_item *first = &list->items[at], *item = first;

	while (at + 1 < list->count && item - first + 1 < RUN_MAX &&
	       item[1].pool == first->pool && item[1].number == item->number + 1) {
		item++;
		at++;
	}
	return (uint32_t)(item - first) + 1;
}

/** build_list() - the leases of the list */
static void build_list(struct batch *b)
{
	struct restore *r = b->restore;
	struct part part = {.item = 0};
	bool more = true;
	uint32_t count;

	for (; part.item < r->list->count && more; part.item += count) {
		const struct worklist_item *item = &r->list->items[part.item];

		count = run_length(r->list, part.item);
		part.table = &r->files->store.tables[item->pool];
		part.number = item->number;
		more = next_run(b, &part, count);
		upkeep_advance(r->files->observer, part.item + count);
	}
}

/** begin() - memory for a batch; -1: there is none */
static int begin(struct batch *b)
{
	b->parts = calloc(BATCH_MAX, sizeof(*b->parts));
	b->tunnels = calloc(BATCH_MAX, sizeof(*b->tunnels));
	b->lines = malloc((size_t)RUN_MAX * LEASE_LINE_LEN);
	return b->parts && b->tunnels && b->lines ? 0 : -1;
}

/** end() - build what is left of the batch, and give its memory back */
static int end(struct batch *b)
{
	if (b->parts && b->tunnels)
		flush(b);
	free(b->parts);
	free(b->tunnels);
	free(b->lines);
	upkeep_end(b->restore->files->observer);
	return b->failed ? -1 : 0;
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
	jobs_catch_stop();
	upkeep_begin(r->files->observer, RESTORE_WHAT, r->list->count);
	if (!begin(&b))
		build_list(&b);
	end(&b);
}

/**
 * restore_batch_all() - build tunnels of all active leases, many at a time
 * @r:		Restore with an empty list; gets the leases that need a run by themselves
 *
 * Return: 0; -1, logged
 */
int restore_batch_all(struct restore *r)
{
	struct batch b = {.restore = r};
	struct store *store = &r->files->store;
	size_t total = 0, before = 0;
	bool more = true;

	POOL_EACH(kind)
		total += store->tables[kind].fd < 0 ? 0 : store->tables[kind].capacity;
	jobs_catch_stop();
	upkeep_begin(r->files->observer, RESTORE_WHAT, total);
	if (begin(&b)) {
		log_msg(LOG_ERR, "%m");
		b.failed = true;
		more = false;
	}
	POOL_EACH(kind) {
		if (!more || store->tables[kind].fd < 0)
			continue;
		more = build_file(&b, &store->tables[kind], before);
		before += store->tables[kind].capacity;
	}
	return end(&b);
}
