/* SPDX-License-Identifier: MIT */
/* restore_batch.h - build many tunnels by one run of the template */
#ifndef UPKEEP_RESTORE_BATCH_H
#define UPKEEP_RESTORE_BATCH_H

#include "upkeep/restore.h"

void restore_batch(struct restore *r);
int restore_batch_all(struct restore *r);

#endif
