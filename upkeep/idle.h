/* SPDX-License-Identifier: MIT */
/* idle.h - find leases whose tunnels have stopped receiving */
#ifndef UPKEEP_IDLE_H
#define UPKEEP_IDLE_H

#include "upkeep/files.h"
#include "upkeep/worklist.h"

enum upkeep_result idle_collect(struct files *f, unsigned jobs, struct worklist *list);

#endif
