/* SPDX-License-Identifier: MIT */
/* ranges.h - compare configured ranges with those of an allocation file */
#ifndef ALLOC_RANGES_H
#define ALLOC_RANGES_H

#include "alloc/table.h"
#include "lib/config.h"

/* Advice if a file in use was made for other ranges */
#define RANGES_MOVE                                                                      \
	"set that back, or run 'tspctl move', which gives them other addresses; a "      \
	"second broker needs another 'state'"

bool ranges_fit(const struct pool_ranges *file, const struct pool_ranges *now);
int ranges_check(struct table *t, const struct config *config, const char *cure);

#endif
