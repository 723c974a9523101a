/* SPDX-License-Identifier: MIT */
/* repair.h - mend what a check has found */
#ifndef CTL_REPAIR_H
#define CTL_REPAIR_H

#include "alloc/check.h"
#include "ctl/ending.h"
#include "ctl/todo.h"

/**
 * struct repair - repairs of one run
 * @rebuild:	Leases whose tunnels have to be built again afterwards
 * @indexed:	Files whose index has been mended in this round
 */
struct repair {
	struct ctl *ctl;
	struct files *files;
	struct ending ending;
	struct todo rebuild;
	bool indexed[POOL_KINDS];
};

bool repair_finding(struct repair *r, const struct check_finding *f, char *text,
		    size_t size);

#endif
