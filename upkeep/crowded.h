/* SPDX-License-Identifier: MIT */
/* crowded.h - in a pool that fills up, silent clients of crowded networks give way */
#ifndef UPKEEP_CROWDED_H
#define UPKEEP_CROWDED_H

#include "upkeep/files.h"
#include "upkeep/worklist.h"

int crowded_collect(struct store *store, struct worklist *list, unsigned mark);

#endif
