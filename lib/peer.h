/* SPDX-License-Identifier: MIT */
/* peer.h - the addresses of the connection, asked of the kernel and not of the client */
#ifndef LIB_PEER_H
#define LIB_PEER_H

#include "lib/endpoint.h"

/** struct peer - both ends of the connection */
struct peer {
	struct endpoint client; /* source of the connection */
	struct in_addr server;  /* address the client connected to */
	uint16_t server_port;   /* and port, UDP only; TCP: 0 */
	bool udp;               /* the client signals over UDP, through tsp-udp */
	uint32_t
		proven; /* UDP: epoch whose secret came from @client (lib/presence.h); 0 */
	bool v6udpv4;   /* IPv6-in-UDP tunnels are served to it */
	char text
		[ENDPOINT_LEN]; /* @client's IPv4 address, for log lines; UDP: with port */
};

int peer_identify(int fd, struct peer *out);

#endif
