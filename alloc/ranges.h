/* SPDX-License-Identifier: MIT */
/* ranges.h - do the ranges of the configuration fit an allocation file */
#ifndef ALLOC_RANGES_H
#define ALLOC_RANGES_H

#include "alloc/table.h"
#include "lib/config.h"

int ranges_check(struct table *t, const struct config *config);

#endif
