/* SPDX-License-Identifier: MIT */
/* idle.h - leases whose tunnels receive nothing any more */
#ifndef CTL_IDLE_H
#define CTL_IDLE_H

#include "ctl/files.h"
#include "ctl/todo.h"

int idle_collect(struct ctl *ctl, struct files *f, unsigned jobs, struct todo *todo);

#endif
