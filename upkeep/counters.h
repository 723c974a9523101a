/* SPDX-License-Identifier: MIT */
/* counters.h - read the counters of tunnels */
#ifndef UPKEEP_COUNTERS_H
#define UPKEEP_COUNTERS_H

#include "tunnel/traffic.h"
#include "upkeep/files.h"
#include "upkeep/worklist.h"

/**
 * typedef counters_answer() - called with the answer of each tunnel
 * @context:	The caller's
 * @item:	Index in the list
 * @lease:	The current lease
 * @traffic:	Counters; NULL: the template says that there is no tunnel
 */
typedef void counters_answer(void *context, size_t item, const struct lease *lease,
			     const struct traffic *traffic);

enum upkeep_result counters_ask(struct files *f, struct worklist *list, unsigned jobs,
				counters_answer *answer, void *context);

#endif
