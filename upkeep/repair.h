/* SPDX-License-Identifier: MIT */
/* repair.h - mend what a check has found */
#ifndef UPKEEP_REPAIR_H
#define UPKEEP_REPAIR_H

#include "alloc/check.h"
#include "upkeep/files.h"
#include "upkeep/worklist.h"

#define REPAIR_HANDFUL 5   /* leases that may be lost without force */
#define REPAIR_TEXT    128 /* bytes of what a repair says, its NUL included */

/**
 * struct repair - repairs of one run
 * @files:	Files, open for TABLE_MEND
 * @rebuild:	Leases whose tunnels must be built again afterwards
 * @indexed:	Files whose index has been mended; the caller clears it before each round
 * @kept:	Files of which a copy has been kept
 * @force:	More than a handful of leases may be lost
 * @doomed:	Lines that cannot be rescued; the caller counts them before each round
 * @said:	What repair_finding() has done, or why it has done nothing
 * @lost:	It has lost a tunnel or a lease
 */
struct repair {
	struct files *files;
	struct worklist rebuild;
	bool indexed[POOL_KINDS];
	bool kept[POOL_KINDS];
	bool force;
	size_t doomed;
	char said[REPAIR_TEXT];
	bool lost;
};

bool repair_is_doomed(struct repair *r, const struct check_finding *f);
bool repair_finding(struct repair *r, const struct check_finding *f);

#endif
