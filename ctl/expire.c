/* SPDX-License-Identifier: MIT */
/* expire.c - tspctl expire: end expired leases and take their tunnels down */
#include "upkeep/expire.h"

#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "ctl/ui/report_counts.h"
#include "upkeep/jobs.h"

/** expire() - with the files open; returns the exit status */
static int expire(const struct ctl *ctl, struct files *f, unsigned jobs,
		  const struct pings *pings, bool quiet)
{
	struct expire_counts counts;
	enum upkeep_result result = expire_run(f, jobs, pings, &counts);
	const struct report_count report[] = {
		{"ended", "ended", counts.ended},
		{"settled", "offers of dead sessions withdrawn", counts.settled},
		{"held", "held by sessions", counts.held},
		{"strays", "tunnels without a lease taken down", counts.strays},
		{"rebuilt", "missing tunnels built again", counts.rebuilt},
		{"failed", "failed", counts.failed},
	};

	if (result == UPKEEP_OK && quiet && !counts.ended && !counts.settled &&
	    !counts.strays && !counts.rebuilt)
		return CTL_OK;
	if (result == UPKEEP_ERROR ||
	    report_counts(ctl, report, sizeof(report) / sizeof(report[0])))
		return CTL_ERROR;
	return command_status(result);
}

int ctl_expire(struct ctl *ctl, int argc, char **argv)
{
	uint32_t jobs = 0;
	bool quiet = false, ping = false;
	const struct option_spec specs[] = {
		{"jobs", OPTION_NUMBER, &jobs, 1, JOBS_MAX},
		{"quiet", OPTION_FLAG, &quiet},
		{"ping", OPTION_FLAG, &ping},
	};
	struct pings pings = {.fd = -1};
	struct files files;
	int r;

	if (options_parse(ctl, argc, argv, specs, 3, 0, 0) < 0)
		return CTL_USAGE;
	/* before command_open(), by which root gives CAP_NET_RAW up */
	if (ping && pings_open(&pings))
		return CTL_ERROR;
	r = command_open(ctl, &files, TABLE_SERVE);
	if (!r) {
		r = expire(ctl, &files, jobs, pings.fd < 0 ? NULL : &pings, quiet);
		r = command_exit(&files, r);
		files_close(&files);
	}
	pings_close(&pings);
	return r;
}
