/* SPDX-License-Identifier: MIT */
/* missing.h - a missing allocation file: what it can be restored from */
#ifndef UPKEEP_MISSING_H
#define UPKEEP_MISSING_H

#include <stddef.h>

#include "alloc/pool.h"

#define MISSING_TEXT   (2 * PATH_MAX + 512) /* bytes of an explanation */
#define MISSING_BACKUP "/var/backups/tsp"   /* where tspctl(8) has backups made */

void missing_explain(const struct config *config, enum pool_kind pool,
		     char out[MISSING_TEXT]);

#endif
