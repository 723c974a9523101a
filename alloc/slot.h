/* SPDX-License-Identifier: MIT */
/* slot.h - at most per_address present clients of one IPv4 address */
#ifndef ALLOC_SLOT_H
#define ALLOC_SLOT_H

#include "alloc/store.h"

enum store_result slot_keep(struct store *store, time_t now,
			    const struct store_claim *claim, uint16_t *slot);
enum store_result slot_find(struct store *store, const struct store_wish *wish,
			    time_t now, const struct store_claim *claim, uint16_t *out);

#endif
