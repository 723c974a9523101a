/* SPDX-License-Identifier: MIT */
/*
 * inspect.c - check files and tunnels, and repair them
 *
 * A repair can bring other damage to light, so the files are checked again after each round
 * of repairs. Tunnels come last: repairs may have taken some of them down.
 */
#include "upkeep/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/log.h"
#include "tunnel/modes.h"
#include "upkeep/counters.h"
#include "upkeep/gone.h"
#include "upkeep/restore.h"
#include "upkeep/state_id.h"
#include "upkeep/strays.h"

#define ROUNDS 3 /* of repairs */

/** struct inspection - inspect_run() under way */
struct inspection {
	struct inspect *in;
	struct repair repairs;
	struct inspect_finding *list; /* of this round */
	size_t count, size;
	struct worklist active; /* leases that should have a tunnel */
};

/** inspect_is_harmless() - true: the finding has no effect on any client */
bool inspect_is_harmless(const struct inspect_finding *finding)
{
	return !finding->tunnel && !finding->stray &&
	       check_is_harmless(finding->file.kind);
}

/** report() - count a finding and pass it on */
static void report(struct inspection *run, const struct inspect_finding *finding)
{
	struct inspect *in = run->in;
	bool harmless = inspect_is_harmless(finding);

	in->harmless += harmless;
	in->harmful += !harmless;
	in->repaired += finding->repaired;
	in->left += !finding->repaired && !harmless;
	in->report(in->context, finding);
}

/** keep() - check_reporter(): keep a finding until the check is over */
static int keep(const struct check_finding *finding, void *context)
{
	struct inspection *run = context;
	struct inspect_finding *more;

	more = array_room(run->list, run->count, &run->size, sizeof(*more));
	if (!more) {
		log_msg(LOG_ERR, "%m");
		return -1;
	}
	run->list = more;
	run->list[run->count++] = (struct inspect_finding){.file = *finding};
	return 0;
}

/** repair_one() - try to repair a finding */
static void repair_one(struct inspection *run, struct inspect_finding *finding)
{
	finding->repaired = repair_finding(&run->repairs, &finding->file);
	memcpy(finding->said, run->repairs.said, sizeof(finding->said));
	run->in->lost += run->repairs.lost;
}

/** is_of_file() - a new file settles the finding */
static bool is_of_file(const struct inspect_finding *finding)
{
	return finding->file.kind == CHECK_FILE || finding->file.kind == CHECK_MOVED;
}

/**
 * repair_round() - try to repair all findings of this round
 *
 * Settled findings are reported, the others stay in the list.
 *
 * Return: true: something has changed
 */
static bool repair_round(struct inspection *run)
{
	bool again = false, file = false;
	size_t i, left = 0;

	memset(run->repairs.indexed, 0, sizeof(run->repairs.indexed));
	for (i = 0; i < run->count; i++)
		file |= is_of_file(&run->list[i]);
	run->repairs.doomed = 0;
	for (i = 0; i < run->count && !file; i++)
		run->repairs.doomed +=
			repair_is_doomed(&run->repairs, &run->list[i].file);
	for (i = 0; i < run->count; i++) {
		struct inspect_finding *finding = &run->list[i];

		/* a new file has a new index; its lines are checked again */
		if (file && !is_of_file(finding)) {
			run->list[left++] = *finding;
			continue;
		}
		repair_one(run, finding);
		if (finding->repaired) {
			report(run, finding);
			again = true;
		} else {
			run->list[left++] = *finding;
		}
	}
	run->count = left;
	return again;
}

/** inspect_files() - check and repair in turn; report the remaining findings last */
static enum upkeep_result inspect_files(struct inspection *run)
{
	bool again;
	size_t i;
	int round = 0;

	do {
		run->count = 0;
		if (check_store(&run->in->files->store, keep, run))
			return UPKEEP_ERROR;
		again = run->in->repair && round++ < ROUNDS && repair_round(run);
	} while (again);
	for (i = 0; i < run->count; i++)
		report(run, &run->list[i]);
	return UPKEEP_OK;
}

/** report_file() - report a missing file, or one that differs from the record */
static void report_file(struct inspection *run, enum pool_kind pool, enum check_kind kind)
{
	struct inspect_finding finding = {.file = {.pool = pool, .kind = kind}};

	if (run->in->repair)
		snprintf(finding.said, sizeof(finding.said), "this needs a decision");
	run->in->beyond++;
	report(run, &finding);
}

/** inspect_record() - compare the files with the record of those that were made */
static void inspect_record(struct inspection *run)
{
	const struct files *files = run->in->files;
	static struct state_id ids[POOL_KINDS];

	/* a missing file is reported without the record, too */
	if (state_id_read(files->store.config, ids))
		memset(ids, 0, sizeof(ids));
	POOL_EACH(kind) {
		const struct table *t = &files->store.tables[kind];

		if (files->missing[kind])
			report_file(run, kind, CHECK_MISSING);
		else if (t->fd >= 0 && t->identity && ids[kind].identity &&
			 t->identity != ids[kind].identity)
			report_file(run, kind, CHECK_OTHER);
	}
}

/** report_gone() - gone_visitor(): report a lease whose user has no account */
static void report_gone(void *context, const struct lease *lease)
{
	struct inspection *run = context;
	struct inspect_finding finding = {.file = {.pool = POOL_USERS,
						   .kind = CHECK_NO_USER,
						   .number = lease->number,
						   .why = lease->owner}};

	if (run->in->repair)
		snprintf(finding.said, sizeof(finding.said), "this needs a decision");
	run->in->beyond++;
	report(run, &finding);
}

/** note_missing() - counters_answer(): mark a missing tunnel, to be looked at again */
static void note_missing(void *context, size_t item, const struct lease *lease,
			 const struct traffic *traffic)
{
	struct inspection *run = context;

	(void)lease;
	if (!traffic)
		run->active.items[item].mark = STRAYS_MISSING;
}

/** still_active() - the lease has not ended while its tunnel was asked for */
static bool still_active(struct inspection *run, const struct worklist_item *item)
{
	struct store *store = &run->in->files->store;
	struct lease lease;

	return !table_look(&store->tables[item->pool], item->number, &lease) &&
	       lease_is_active(&lease, store->now());
}

/** report_tunnel() - report a missing tunnel, unless its lease has ended meanwhile */
static void report_tunnel(struct inspection *run, const struct worklist_item *item)
{
	struct inspect_finding finding = {
		.file = {.pool = item->pool, .number = item->number},
		.tunnel = true,
		.elsewhere = item->mark == STRAYS_ELSEWHERE};

	if (!item->mark || !still_active(run, item))
		return;
	finding.repaired = run->in->repair && !item->failed;
	if (run->in->repair)
		snprintf(finding.said, sizeof(finding.said), "%s",
			 finding.repaired ? "built again" : "it could not be built");
	report(run, &finding);
}

/** report_stray() - report a tunnel that no lease explains */
static void report_stray(struct inspection *run, const struct strays *s, size_t i)
{
	const struct listed *tunnel = &s->strange.items[i];
	struct inspect_finding finding = {
		.file = {.pool = tunnel->pool, .number = tunnel->number},
		.client = tunnel->client,
		.stray = true};

	finding.repaired = s->done && s->done[i];
	if (run->in->repair)
		snprintf(finding.said, sizeof(finding.said), "%s",
			 finding.repaired ? "taken down" : "it could not be taken down");
	report(run, &finding);
}

/** inspect_listed() - by the template's list of tunnels; strays come first */
static enum upkeep_result inspect_listed(struct inspection *run)
{
	struct strays s = {.ended = 0};
	enum upkeep_result r = strays_find(run->in->files, &s);
	size_t i;

	if (r == UPKEEP_OK && run->in->repair)
		r = strays_end(run->in->files, &s, 0);
	for (i = 0; i < s.strange.count && r == UPKEEP_OK; i++)
		report_stray(run, &s, i);
	for (i = 0; i < s.missing.count && r == UPKEEP_OK; i++) {
		const struct worklist_item *item = &s.missing.items[i];

		if (worklist_add(&run->repairs.rebuild, item->pool, item->number,
				 item->mark, 0))
			r = UPKEEP_ERROR;
	}
	strays_free(&s);
	return r;
}

/**
 * inspect_counted() - by the counters of each tunnel: a missing one has none
 *
 * Answers come in any order; missing tunnels are listed in the order of the leases.
 */
static enum upkeep_result inspect_counted(struct inspection *run)
{
	struct files *files = run->in->files;
	struct worklist *active = &run->active;
	enum upkeep_result r;
	size_t i;

	if (worklist_collect(active, &files->store, worklist_add_active))
		return UPKEEP_ERROR;
	r = counters_ask(files, active, 0, note_missing, run);
	for (i = 0; i < active->count; i++) {
		const struct worklist_item *item = &active->items[i];

		if (item->mark == STRAYS_MISSING &&
		    worklist_add(&run->repairs.rebuild, item->pool, item->number,
				 STRAYS_MISSING, 0))
			return UPKEEP_ERROR;
	}
	return r;
}

/** inspect_tunnels() - find missing tunnels; build them again, also those that repairs took */
static enum upkeep_result inspect_tunnels(struct inspection *run)
{
	struct files *files = run->in->files;
	struct worklist *missing = &run->repairs.rebuild;
	struct restore restore = {.files = files, .list = missing};
	enum upkeep_result r;
	size_t i;

	r = modes_list_declared(files->store.config->template) ? inspect_listed(run)
							       : inspect_counted(run);
	if (r == UPKEEP_OK && run->in->repair)
		r = restore_list(&restore, 0);
	for (i = 0; i < missing->count && r == UPKEEP_OK; i++)
		report_tunnel(run, &missing->items[i]);
	return r;
}

/**
 * inspect_run() - check files and tunnels, and repair what is wrong
 * @in:		What to do; the numbers of findings are added up there
 *
 * Return: enum upkeep_result
 */
enum upkeep_result inspect_run(struct inspect *in)
{
	struct inspection run = {.in = in,
				 .repairs = {.files = in->files, .force = in->force}};
	enum upkeep_result r;

	inspect_record(&run);
	r = inspect_files(&run);
	if (r == UPKEEP_OK)
		r = gone_each(in->files, report_gone, &run);
	if (r == UPKEEP_OK && (in->tunnels || in->repair))
		r = inspect_tunnels(&run);
	worklist_free(&run.active);
	worklist_free(&run.repairs.rebuild);
	free(run.list);
	return r;
}
