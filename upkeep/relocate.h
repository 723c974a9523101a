/* SPDX-License-Identifier: MIT */
/* relocate.h - tunnels that end at an address which this machine has lost */
#ifndef UPKEEP_RELOCATE_H
#define UPKEEP_RELOCATE_H

#include "upkeep/files.h"
#include "upkeep/worklist.h"

enum upkeep_result relocate_find(struct files *f, unsigned jobs, struct worklist *out);

#endif
