/* SPDX-License-Identifier: MIT */
/* restore.h - build tunnels of leases again */
#ifndef UPKEEP_RESTORE_H
#define UPKEEP_RESTORE_H

#include "upkeep/files.h"
#include "upkeep/worklist.h"

#define RESTORE_WHAT "building" /* for the observer */

/**
 * struct restore - a list of leases whose tunnels are built, and the outcome
 * @files:	Files, open for TABLE_SERVE or TABLE_MEND
 * @list:	Leases
 * @from:	Configuration with the template that built their tunnels before; NULL: the
 *		same template, or there are no tunnels
 * @whole:	With @from: at the first failure, give all tunnels back to the template before
 * @restored:	Tunnels built
 * @held:	Leases left to sessions that hold them
 * @failed:	Tunnels that could not be built; their items are marked
 * @undone:	Tunnels that the template before has built again
 * @lost:	Tunnels that it could not build
 */
struct restore {
	struct files *files;
	struct worklist *list;
	const struct config *from;
	bool whole;
	size_t restored, held, failed, undone, lost;
};

enum upkeep_result restore_list(struct restore *r, unsigned jobs);
enum upkeep_result restore_all(struct restore *r, unsigned jobs);

#endif
