/* SPDX-License-Identifier: MIT */
/* peer.h - who is at the other end of standard input: asked of the kernel, not of the client */
#ifndef BROKER_PEER_H
#define BROKER_PEER_H

#include "lib/endpoint.h"

/** struct peer - the connection's ends, as the kernel sees them */
struct peer {
	struct endpoint client; /* source of the connection */
	struct in_addr server;  /* address the client connected to */
	uint16_t server_port;   /* and port, UDP only; TCP: 0 */
	bool udp;               /* it came by UDP, through tsp-udp */
	bool v6udpv4;           /* it can have an IPv6-in-UDP tunnel */
	char text
		[ENDPOINT_LEN]; /* @client's IPv4 address, for log lines; UDP: with port */
};

int peer_identify(int fd, struct peer *out);

#endif
