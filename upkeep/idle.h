/* SPDX-License-Identifier: MIT */
/* idle.h - leases whose tunnels receive nothing any more */
#ifndef UPKEEP_IDLE_H
#define UPKEEP_IDLE_H

#include "upkeep/files.h"
#include "upkeep/worklist.h"

int idle_collect(struct ctl *ctl, struct files *f, unsigned jobs, struct worklist *todo);

#endif
