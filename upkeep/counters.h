/* SPDX-License-Identifier: MIT */
/* counters.h - ask tunnels for their counters */
#ifndef UPKEEP_COUNTERS_H
#define UPKEEP_COUNTERS_H

#include "tunnel/traffic.h"
#include "upkeep/files.h"
#include "upkeep/worklist.h"

/**
 * typedef ask_answer() - what a tunnel has answered
 * @context:	The caller's
 * @item:	Which of the list
 * @lease:	The lease as it is now
 * @traffic:	Its counters; NULL: there is no tunnel, the template says
 */
typedef void ask_answer(void *context, size_t item, const struct lease *lease,
			const struct traffic *traffic);

int ask_collect_active(struct todo_tour *tour, const struct lease *lease);
int ask_tunnels(struct files *f, struct todo *todo, unsigned jobs, ask_answer *answer,
		void *context);

#endif
