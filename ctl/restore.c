/* SPDX-License-Identifier: MIT */
/* restore.c - tspctl restore: build the tunnels of all active leases again */
#include "upkeep/restore.h"

#include <stdlib.h>
#include <unistd.h>

#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "ctl/ui/report_counts.h"
#include "lib/log.h"
#include "upkeep/jobs.h"

/** other_template() - the configuration with another template; 0 or -1, reported */
static int other_template(const struct config *config, const char *path,
			  struct config *out)
{
	*out = *config;
	if (realpath(path, out->template) && !access(out->template, X_OK))
		return 0;
	log_msg(LOG_ERR, "%s: %m", path);
	return -1;
}

/** say_undone() - report that the template before has the tunnels again */
static void say_undone(const struct restore *r)
{
	if (!r->undone && !r->lost)
		return;
	log_msg(LOG_ERR,
		"%zu tunnels were given back to %s, %zu could not be: set 'template' "
		"back; "
		"'tspctl restore' tries those again",
		r->undone, r->from->template, r->lost);
}

/** restore() - with the files open; returns the exit status */
static int restore(const struct ctl *ctl, struct files *f, const struct config *from,
		   unsigned jobs, bool keep_going)
{
	struct worklist list = {.items = NULL};
	struct restore r = {
		.files = f, .list = &list, .from = from, .whole = from && !keep_going};
	enum upkeep_result result = restore_all(&r, jobs);
	const struct report_count report[] = {
		{"restored", "restored", r.restored},
		{"held", "held by sessions", r.held},
		{"failed", "failed", r.failed},
		{"undone", "undone", r.undone},
	};

	worklist_free(&list);
	say_undone(&r);
	if (result == UPKEEP_ERROR ||
	    report_counts(ctl, report, sizeof(report) / sizeof(report[0])))
		return CTL_ERROR;
	return command_status(result);
}

int ctl_restore(struct ctl *ctl, int argc, char **argv)
{
	static struct config before;
	const char *from = NULL;
	bool keep_going = false;
	uint32_t jobs = 0;
	const struct option_spec specs[] = {
		{"jobs", OPTION_NUMBER, &jobs, 1, JOBS_MAX},
		{"from", OPTION_TEXT, &from, 0, 0},
		{"keep-going", OPTION_FLAG, &keep_going, 0, 0},
	};
	struct files files;
	int r;

	if (options_parse(ctl, argc, argv, specs, 3, 0, 0) < 0)
		return CTL_USAGE;
	if (from && other_template(&ctl->config, from, &before))
		return CTL_FAILED;
	if (files_convert(&ctl->config, 0))
		return CTL_ERROR;
	r = command_open(ctl, &files, TABLE_SERVE);
	if (r)
		return r;
	r = command_exit(&files,
			 restore(ctl, &files, from ? &before : NULL, jobs, keep_going));
	files_close(&files);
	return r;
}
