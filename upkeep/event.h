/* SPDX-License-Identifier: MIT */
/* event.h - what happened to a lease, for the log */
#ifndef UPKEEP_EVENT_H
#define UPKEEP_EVENT_H

#include "alloc/store.h"
#include "lib/log.h"

void event_lease(const struct config *config, enum log_event_id id, enum pool_kind pool,
		 const struct lease *lease, const char *what);

#endif
