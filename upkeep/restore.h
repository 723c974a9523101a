/* SPDX-License-Identifier: MIT */
/* restore.h - build tunnels of leases again */
#ifndef UPKEEP_RESTORE_H
#define UPKEEP_RESTORE_H

#include "upkeep/files.h"
#include "upkeep/jobs.h"
#include "upkeep/worklist.h"

#define RESTORE_WHAT "building" /* for the bar */

/**
 * struct restore_run - a list of leases, and what came of them
 * @from:	Configuration that names the template which has built their tunnels; NULL: the
 *		same one, or there are none
 */
struct restore_run {
	struct files *files;
	struct worklist *todo;
	const struct config *from;
	size_t restored, held, failed;
};

int restore_tunnels(struct restore_run *x, unsigned jobs);

#endif
