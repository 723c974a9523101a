/* SPDX-License-Identifier: MIT */
/* counters.h - ask tunnels for their counters */
#ifndef UPKEEP_COUNTERS_H
#define UPKEEP_COUNTERS_H

#include "tunnel/traffic.h"
#include "upkeep/files.h"
#include "upkeep/worklist.h"

/**
 * typedef counters_answer() - what a tunnel has answered
 * @context:	The caller's
 * @item:	Which of the list
 * @lease:	The lease as it is now
 * @traffic:	Its counters; NULL: there is no tunnel, the template says
 */
typedef void counters_answer(void *context, size_t item, const struct lease *lease,
			     const struct traffic *traffic);

int counters_ask(struct files *f, struct worklist *todo, unsigned jobs,
		 counters_answer *answer, void *context);

#endif
