/* SPDX-License-Identifier: MIT */
/* expire.c - tspctl expire: end what is over and take its tunnels down */
#include <stdio.h>
#include <stdlib.h>

#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "lib/log.h"
#include "upkeep/ending.h"
#include "upkeep/idle.h"
#include "upkeep/unproven.h"
#include "upkeep/worklist.h"

/** struct expire - a run under way */
struct expire {
	struct ctl *ctl;
	struct files files;
	struct ending ending;
	struct worklist todo;
	char idle_text[40];
	size_t held; /* a session is at them */
};

/** collect() - a lease that may have to be ended; those that sessions hold are theirs */
static int collect(struct worklist_tour *tour, const struct lease *lease)
{
	const struct table *t = &tour->store->tables[tour->pool];

	if (lease->state != LEASE_ACTIVE && lease->state != LEASE_OFFERED)
		return 0;
	if (lease_is_active(lease, tour->store->now()))
		return 0;
	if (lease->state == LEASE_OFFERED && table_is_held(t, lease->number))
		return 0;
	return worklist_add(tour->todo, tour->pool, lease->number, ENDING_IF_OVER, 0);
}

/** claim() - hold a lease and plan what is to be done; false when that is nothing */
static bool claim(struct expire *x, const struct worklist_item *item, struct job *job)
{
	enum store_result r = store_claim_number(&x->files.store, item->pool,
						 item->number, &job->claim);

	x->held += r == STORE_CLAIMED;
	x->ending.failed += r == STORE_ERROR;
	if (r != STORE_OK)
		return false;
	if (item->expires && job->claim.before.tunnel.expires != item->expires) {
		store_let_go(&x->files.store, &job->claim); /* the client has come back */
		return false;
	}
	job->mark = item->mark;
	return ending_plan(&x->ending, job, (enum ending_wish)item->mark);
}

/** next() - what comes next; what has changed meanwhile is passed over */
static bool next(void *context, struct job *job)
{
	struct expire *x = context;
	const struct worklist_item *item;

	while ((item = worklist_next(&x->todo))) {
		if (claim(x, item, job))
			return true;
	}
	return false;
}

static void done(void *context, struct job *job)
{
	struct expire *x = context;
	const char *why = "ran out:";

	if (job->mark == ENDING_NOW)
		why = x->idle_text;
	else if (job->claim.before.state == LEASE_OFFERED)
		why = "its session died:";
	ending_done(&x->ending, job, (enum ending_wish)job->mark, why);
}

/** say() - what came of it */
static int say(const struct expire *x)
{
	static const struct output_field fields[] = {
		{"ended", "Ended"},
		{"settled", "Offers withdrawn"},
		{"held", "In the hands of sessions"},
		{"failed", "Failed"},
	};
	const struct output_value values[] = {
		OUTPUT_NUMBER_VALUE(x->ending.ended),
		OUTPUT_NUMBER_VALUE(x->ending.settled),
		OUTPUT_NUMBER_VALUE(x->held),
		OUTPUT_NUMBER_VALUE(x->ending.failed),
	};
	struct output output;

	if (x->ctl->json) {
		output_begin(&output, OUTPUT_JSON_ITEM, fields,
			     sizeof(fields) / sizeof(fields[0]));
		output_row(&output, values);
		return output_end(&output);
	}
	printf("%zu ended", x->ending.ended);
	if (x->ending.settled)
		printf(", %zu offers of dead sessions withdrawn", x->ending.settled);
	if (x->held)
		printf(", %zu in the hands of sessions", x->held);
	if (x->ending.failed)
		printf(", %zu failed", x->ending.failed);
	putchar('\n');
	return 0;
}

/** run() - with the files open */
static int run(struct expire *x, uint32_t jobs)
{
	struct jobs_work work = {.config = &x->ctl->config,
				 .next = next,
				 .done = done,
				 .context = x,
				 .jobs = jobs,
				 .what = "ending"};
	int r = 0;

	snprintf(x->idle_text, sizeof(x->idle_text),
		 "was idle for %u hours:", x->ctl->config.idle_hours);
	ending_begin(&x->ending, x->ctl, &x->files);
	r = unproven_extend(x->ctl, &x->files, jobs);
	x->ending.failed += r == CTL_FAILED;
	if (r && r != CTL_FAILED)
		return r;
	if (worklist_collect(&x->todo, &x->files.store, collect))
		return CTL_ERROR;
	files_damaged_lines(&x->files, x->todo.damaged);
	r = 0;
	if (x->ctl->config.idle_hours)
		r = idle_collect(x->ctl, &x->files, jobs, &x->todo);
	work.total = x->todo.count;
	if (!r)
		r = jobs_run(&work);
	ending_flush(&x->ending);
	if (say(x))
		return CTL_ERROR;
	return r ? r : x->ending.failed ? CTL_FAILED : CTL_OK;
}

int ctl_expire(struct ctl *ctl, int argc, char **argv)
{
	uint32_t jobs = 0;
	const struct option_spec specs[] = {
		{"jobs", OPTION_NUMBER, &jobs, 1, JOBS_MAX},
	};
	struct expire *x;
	int r;

	if (options_parse(ctl, argc, argv, specs, 1, 0, 0) < 0)
		return CTL_USAGE;
	x = calloc(1, sizeof(*x));
	if (!x) {
		log_msg(LOG_ERR, "%m");
		return CTL_ERROR;
	}
	x->ctl = ctl;
	r = files_open(ctl, &x->files, TABLE_SERVE);
	if (!r) {
		r = run(x, jobs);
		r = files_exit(&x->files, r);
		files_close(&x->files);
	}
	worklist_free(&x->todo);
	free(x);
	return r;
}
