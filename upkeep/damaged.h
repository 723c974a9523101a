/* SPDX-License-Identifier: MIT */
/* damaged.h - keep a copy of a damaged file beside it */
#ifndef UPKEEP_DAMAGED_H
#define UPKEEP_DAMAGED_H

#include "alloc/table.h"

#define DAMAGED_MARK ".damaged." /* in the name of a copy, behind the file's */

int damaged_keep(struct table *t, time_t now);

#endif
