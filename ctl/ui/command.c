/* SPDX-License-Identifier: MIT */
/* command.c - open the allocation files for a subcommand, and choose its exit status */
#include "ctl/ui/command.h"

#include <signal.h>

#include "ctl/ui/progress.h"

static struct progress bar;
static const struct upkeep_observer observer = {
	.begin = progress_begin,
	.advance = progress_advance,
	.end = progress_end,
	.context = &bar,
};

/** command_observer() - shows the progress of a run as a bar */
const struct upkeep_observer *command_observer(void)
{
	return &observer;
}

/**
 * command_open() - command_open_any(), and missing files are reported
 *
 * Return: 0; CTL_ERROR, reported, with nothing open
 */
int command_open(struct ctl *ctl, struct files *f, enum table_use use)
{
	int r = command_open_any(ctl, f, use);

	if (!r)
		files_report_missing(f);
	return r;
}

/**
 * command_open_any() - open the allocation files; runs over them show a bar
 * @ctl:	Run
 * @f:		Result
 * @use:	As in files_open()
 *
 * Return: 0; CTL_ERROR, reported, with nothing open
 */
int command_open_any(struct ctl *ctl, struct files *f, enum table_use use)
{
	if (files_open(f, &ctl->config, use))
		return CTL_ERROR;
	f->observer = &observer;
	/* A change that has begun is finished, even if nobody reads our output any more */
	if (use != TABLE_READ)
		signal(SIGPIPE, SIG_IGN);
	return 0;
}

/** command_status() - the exit status for the result of a run */
int command_status(enum upkeep_result result)
{
	switch (result) {
	case UPKEEP_OK:
		return CTL_OK;
	case UPKEEP_INCOMPLETE:
		return CTL_FAILED;
	case UPKEEP_ERROR:
		break;
	}
	return CTL_ERROR;
}

/** command_exit() - the exit status of a subcommand whose files may be damaged */
int command_exit(const struct files *f, int status)
{
	return f->damaged && status < CTL_DAMAGED ? CTL_DAMAGED : status;
}
