/* SPDX-License-Identifier: MIT */
/* batch.h - tspctl restore: many tunnels by one run of the template */
#ifndef CTL_BATCH_H
#define CTL_BATCH_H

#include "ctl/restore.h"

void batch_restore(struct restore_run *x);

#endif
