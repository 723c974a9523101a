/* SPDX-License-Identifier: MIT */
/* check.c - tspctl check: are the files sound, and are the tunnels there? */
#include "alloc/check.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "lib/log.h"
#include "upkeep/counters.h"
#include "upkeep/repair.h"
#include "upkeep/restore.h"
#include "lib/array.h"

#define ROUNDS 3 /* a repair can bring something to light; this often we look again */

/** struct finding - a finding of any kind, and what became of it */
struct finding {
	struct check_finding f;
	bool tunnel; /* the tunnel of this lease is missing, and f.kind means nothing */
	bool repaired;
	char said[128];
};

/** struct run - a run under way */
struct run {
	struct ctl *ctl;
	struct files files;
	bool repair, tunnels;
	struct finding *list; /* of this round */
	size_t count, size;
	struct output output;
	size_t harmless, harmful, repaired, left;
	struct worklist todo; /* tunnels to ask for */
	struct repair repairs;
};

static const char *const names[] = {
	[CHECK_FILE] = "file",
	[CHECK_LINE] = "line",
	[CHECK_INDEX_LINE] = "index-line",
	[CHECK_NO_ENTRY] = "index-entry",
	[CHECK_STALE] = "stale-entry",
	[CHECK_SAME_OWNER] = "same-owner",
	[CHECK_SAME_ENDPOINT] = "same-endpoint",
	[CHECK_OLD_OWNER] = "old-owner",
	[CHECK_ABANDONED] = "abandoned-offer",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == CHECK_KINDS, "a name for each kind");

static const struct output_field fields[] = {
	{"kind"}, {"pool"}, {"lease"}, {"text"}, {"harmless"}, {"repaired"}, {"result"},
};

/** explain() - a finding in words */
static void explain(const struct run *run, const struct finding *x, char *out,
		    size_t size)
{
	const struct check_finding *f = &x->f;
	const struct table *t = &run->files.store.tables[f->pool];
	const char *pool = pool_name(f->pool), *other = pool_name(f->other_pool);

	if (x->tunnel) {
		snprintf(out, size, "%s/%u: its tunnel is missing", pool, f->number);
		return;
	}
	switch (f->kind) {
	case CHECK_FILE:
		snprintf(out, size, "%s: %s", t->path, f->why);
		break;
	case CHECK_LINE:
		snprintf(out, size, "%s/%u: line %u is damaged: %s", pool, f->number,
			 f->number + 1, f->why);
		break;
	case CHECK_INDEX_LINE:
		snprintf(out, size, "%s: %u index lines hold what is no entry", pool,
			 f->number);
		break;
	case CHECK_NO_ENTRY:
		snprintf(out, size, "%s/%u: has no entry in the index", pool, f->number);
		break;
	case CHECK_STALE:
		snprintf(out, size, "%s: %u stale index entries (harmless)", pool,
			 f->number);
		break;
	case CHECK_SAME_OWNER:
		snprintf(out, size, "%s/%u: its owner has %s/%u as well", pool, f->number,
			 other, f->other);
		break;
	case CHECK_SAME_ENDPOINT:
		snprintf(out, size, "%s/%u: has the same endpoint as %s/%u", pool,
			 f->number, other, f->other);
		break;
	case CHECK_OLD_OWNER:
		snprintf(out, size,
			 "%s/%u: expired, and its owner has %s/%u by now (harmless)",
			 pool, f->number, other, f->other);
		break;
	case CHECK_ABANDONED:
		snprintf(out, size, "%s/%u: an offer whose session died (harmless)", pool,
			 f->number);
		break;
	case CHECK_KINDS:
		break;
	}
}

/** is_harmless() - the finding leaves nobody worse off */
static bool is_harmless(const struct finding *x)
{
	return !x->tunnel && check_is_harmless(x->f.kind);
}

/** put_json() - a finding for machines */
static void put_json(struct run *run, const struct finding *x, const char *text)
{
	bool of_lease =
		x->tunnel || (x->f.kind != CHECK_FILE && x->f.kind != CHECK_STALE &&
			      x->f.kind != CHECK_INDEX_LINE);
	const struct output_value values[] = {
		OUTPUT_TEXT_VALUE(x->tunnel ? "tunnel" : names[x->f.kind]),
		OUTPUT_TEXT_VALUE(pool_name(x->f.pool)),
		of_lease ? OUTPUT_NUMBER_VALUE(x->f.number) : OUTPUT_NO_VALUE,
		OUTPUT_TEXT_VALUE(text),
		{.kind = OUTPUT_BOOL, .number = is_harmless(x)},
		{.kind = OUTPUT_BOOL, .number = x->repaired},
		*x->said ? OUTPUT_TEXT_VALUE(x->said) : OUTPUT_NO_VALUE,
	};

	output_row(&run->output, values);
}

/** put() - show a finding and count it */
static void put(struct run *run, const struct finding *x)
{
	char text[PATH_MAX + 128];

	explain(run, x, text, sizeof(text));
	if (run->ctl->json)
		put_json(run, x, text);
	else if (*x->said)
		printf("%s: %s%s\n", text, x->repaired ? "" : "NOT REPAIRED: ", x->said);
	else
		printf("%s\n", text);
	if (is_harmless(x))
		run->harmless++;
	else
		run->harmful++;
	if (x->repaired)
		run->repaired++;
	else if (!is_harmless(x))
		run->left++;
}

/** collect() - check_reporter(): keep a finding for this round */
static int collect(const struct check_finding *f, void *context)
{
	struct run *run = context;
	struct finding *more;

	more = array_room(run->list, run->count, &run->size, sizeof(*more));
	if (!more) {
		log_msg(LOG_ERR, "%m");
		return -1;
	}
	run->list = more;
	run->list[run->count++] = (struct finding){.f = *f};
	return 0;
}

/**
 * repair_round() - mend what this round has found
 *
 * Return: whether to look again; findings that are settled have been shown
 */
static bool repair_round(struct run *run)
{
	bool again = false, file = false;
	size_t i, left = 0;

	memset(run->repairs.indexed, 0, sizeof(run->repairs.indexed));
	for (i = 0; i < run->count; i++)
		file |= run->list[i].f.kind == CHECK_FILE;
	for (i = 0; i < run->count; i++) {
		struct finding *x = &run->list[i];

		/* a new file has another index, and the rest is looked at anew */
		if (file && x->f.kind != CHECK_FILE)
			continue;
		x->repaired =
			repair_finding(&run->repairs, &x->f, x->said, sizeof(x->said));
		if (x->repaired) {
			put(run, x);
			again = true;
		} else {
			run->list[left++] = *x;
		}
	}
	run->count = left;
	return again;
}

/** check_files() - look, mend, look again; what is left is shown last */
static int check_files(struct run *run)
{
	bool again;
	size_t i;
	int round = 0;

	do {
		run->count = 0;
		if (check_store(&run->files.store, collect, run))
			return CTL_ERROR;
		again = run->repair && round++ < ROUNDS && repair_round(run);
	} while (again);
	for (i = 0; i < run->count; i++)
		put(run, &run->list[i]);
	return CTL_OK;
}

/** answer() - counters_answer(): a tunnel that is missing is put down, to be looked at again */
static void answer(void *context, size_t item, const struct lease *lease,
		   const struct traffic *traffic)
{
	struct run *run = context;

	if (!traffic)
		worklist_add(&run->repairs.rebuild, run->todo.items[item].pool,
			     lease->number, 1, 0);
}

/** still_active() - the lease has not ended while its tunnel was asked for */
static bool still_active(struct run *run, const struct worklist_item *item)
{
	struct lease lease;

	return !table_look(&run->files.store.tables[item->pool], item->number, &lease) &&
	       lease_is_active(&lease, run->files.store.now());
}

/** check_tunnels() - build again those that are missing, or only say so */
static int check_tunnels(struct run *run)
{
	struct worklist *missing = &run->repairs.rebuild;
	struct restore_run restore = {.files = &run->files, .todo = missing};
	size_t i;
	int r;

	if (worklist_collect(&run->todo, &run->files.store, worklist_add_active))
		return CTL_ERROR;
	r = counters_ask(&run->files, &run->todo, 0, answer, run);
	if (!r && run->repair)
		r = restore_tunnels(&restore, 0);
	if (r)
		return r;
	for (i = 0; i < missing->count; i++) {
		struct finding x = {.f = {.pool = missing->items[i].pool,
					  .number = missing->items[i].number},
				    .tunnel = true};

		if (!missing->items[i].mark || !still_active(run, &missing->items[i]))
			continue;
		x.repaired = run->repair && !missing->items[i].failed;
		if (run->repair)
			snprintf(x.said, sizeof(x.said), "%s",
				 x.repaired ? "built again" : "it could not be built");
		put(run, &x);
	}
	return CTL_OK;
}

/** check_leftovers() - files that a tspctl or a handler left when it was killed */
static void check_leftovers(const struct run *run)
{
	char pattern[PATH_MAX];
	glob_t found;
	size_t i;

	if (run->ctl->json ||
	    snprintf(pattern, sizeof(pattern), "%s/*.leases.*", run->ctl->config.state) >=
		    (int)sizeof(pattern) ||
	    glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		printf("%s: left by a process that was killed, or being made just now "
		       "(harmless)\n",
		       found.gl_pathv[i]);
	globfree(&found);
}

/** sum_up() - the last line, for people */
static void sum_up(const struct run *run)
{
	if (run->ctl->json)
		return;
	if (!run->harmful && !run->harmless)
		printf("sound\n");
	else if (run->repair)
		printf("%zu repaired, %zu left\n", run->repaired, run->left);
	else if (!run->harmful)
		printf("sound, but for %zu harmless finding%s\n", run->harmless,
		       run->harmless == 1 ? "" : "s");
	else
		printf("%zu finding%s: 'tspctl check --repair' mends %s\n", run->harmful,
		       run->harmful == 1 ? "" : "s", run->harmful == 1 ? "it" : "them");
}

/** check() - with the files open */
static int check(struct run *run)
{
	size_t unreadable = 0;
	int r;

	POOL_EACH(kind)
		unreadable += run->files.store.tables[kind].fd < 0 &&
			      pool_config(&run->ctl->config, kind)->present &&
			      !run->files.missing[kind];
	output_begin(&run->output, run->ctl->json ? OUTPUT_JSON : OUTPUT_PLAIN, fields,
		     sizeof(fields) / sizeof(fields[0]));
	r = check_files(run);
	if (!r && (run->tunnels || run->repair))
		r = check_tunnels(run);
	check_leftovers(run);
	if (output_end(&run->output))
		return CTL_ERROR;
	if (r)
		return r;
	if (!unreadable) /* why not has been said */
		sum_up(run);
	return run->left || unreadable ? CTL_DAMAGED : CTL_OK;
}

int ctl_check(struct ctl *ctl, int argc, char **argv)
{
	static struct run run;
	const struct option_spec specs[] = {
		{"repair", OPTION_FLAG, &run.repair},
		{"tunnels", OPTION_FLAG, &run.tunnels},
	};
	int r;

	if (options_parse(ctl, argc, argv, specs, 2, 0, 0) < 0)
		return CTL_USAGE;
	run.ctl = ctl;
	r = files_open(ctl, &run.files, run.repair ? TABLE_MEND : TABLE_READ);
	if (r)
		return r;
	run.repairs.ctl = ctl;
	run.repairs.files = &run.files;
	ending_begin(&run.repairs.ending, ctl, &run.files);
	r = check(&run);
	files_close(&run.files);
	worklist_free(&run.todo);
	worklist_free(&run.repairs.rebuild);
	free(run.list);
	return r;
}
