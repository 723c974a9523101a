/* SPDX-License-Identifier: MIT */
/* peer.h - who is at the other end of standard input: asked of the kernel, not of the client */
#ifndef BROKER_PEER_H
#define BROKER_PEER_H

#include "lib/addr.h"

/** struct peer - the connection's ends, as the kernel sees them */
struct peer {
	struct endpoint client;  /* source of the connection */
	struct in_addr server;   /* address the client connected to */
	char text[ENDPOINT_LEN]; /* @client's IPv4 address, for log lines */
};

int peer_identify(int fd, struct peer *out);

#endif
