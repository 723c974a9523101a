/* SPDX-License-Identifier: MIT */
/* udp_server.h - datagrams in and out, a handler for each peer */
#ifndef LISTEN_UDP_SERVER_H
#define LISTEN_UDP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "listen/udp_peers.h"

#define UDP_SOCKETS_MAX 8

/** struct udp_listener - a socket that datagrams come in by */
struct udp_listener {
	int fd;
	uint16_t port; /* its own */
};

/** struct udp_service - what a process that serves datagrams is given */
struct udp_service {
	struct udp_listener listeners[UDP_SOCKETS_MAX];
	size_t count;
	int starter;  /* where to ask for handlers; at its end the service ends */
	int64_t idle; /* milliseconds without signalling until it leaves; 0: never */
	struct udp_limits limits;
};

int udp_server_open(int fd, struct udp_listener *out);
int udp_server_run(const struct udp_service *service);

#endif
