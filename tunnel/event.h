/* SPDX-License-Identifier: MIT */
/* event.h - the log line of a lease event, with its journal fields */
#ifndef TUNNEL_EVENT_H
#define TUNNEL_EVENT_H

#include "lib/log.h"
#include "tunnel/tunnel.h"

void event_tunnel(enum log_event_id id, int priority, const char *peer,
		  const struct tunnel *tunnel, const char *what);
void event_lease(const struct config *config, enum log_event_id id, enum pool_kind pool,
		 const struct lease *lease, const char *what);
void event_presence(const struct config *config, enum pool_kind pool,
		    const struct lease *lease);

#endif
