/* SPDX-License-Identifier: MIT */
/* session.h - one TSP conversation, from VERSION to accept (RFC 5572, 4) */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>

#include "lib/config.h"

/**
 * struct session_link - the connection of a session
 * @in:		Socket the client's bytes come from
 * @out:	Socket replies go to; may be the same
 * @packets:	They are packet sockets: the client signals over UDP (tsp/io.c)
 * @v6udpv4:	IPv6-in-UDP tunnels are served on it
 */
struct session_link {
	int in, out;
	bool packets;
	bool v6udpv4;
};

void session_view(const struct config *config, struct config *out);
int session_run(const struct config *config, const struct session_link *link, int broker);

#endif
