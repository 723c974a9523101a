/* SPDX-License-Identifier: MIT */
/* repair.h - mend what a check has found */
#ifndef UPKEEP_REPAIR_H
#define UPKEEP_REPAIR_H

#include "alloc/check.h"
#include "upkeep/ending.h"
#include "upkeep/worklist.h"

/**
 * struct repair - repairs of one run
 * @rebuild:	Leases whose tunnels have to be built again afterwards
 * @indexed:	Files whose index has been mended in this round
 */
struct repair {
	struct ctl *ctl;
	struct files *files;
	struct ending ending;
	struct worklist rebuild;
	bool indexed[POOL_KINDS];
};

bool repair_finding(struct repair *r, const struct check_finding *f, char *text,
		    size_t size);

#endif
