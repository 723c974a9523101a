/* SPDX-License-Identifier: MIT */
/* conflict.h - other leases with the IPv4 endpoint of a claim */
#ifndef ALLOC_CONFLICT_H
#define ALLOC_CONFLICT_H

#include <time.h>

#include "alloc/store.h"

enum store_result conflict_check(struct store *store, const struct store_wish *wish,
				 time_t now, struct store_claim *claim);

#endif
