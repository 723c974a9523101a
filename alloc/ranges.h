/* SPDX-License-Identifier: MIT */
/* ranges.h - compare configured ranges with those of an allocation file */
#ifndef ALLOC_RANGES_H
#define ALLOC_RANGES_H

#include "alloc/table.h"
#include "lib/config.h"

int ranges_check(struct table *t, const struct config *config);

#endif
