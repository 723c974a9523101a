/* SPDX-License-Identifier: MIT */
/* udp_service.h - what a process that serves datagrams is given: sockets and limits */
#ifndef LISTEN_UDP_SERVICE_H
#define LISTEN_UDP_SERVICE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "listen/udp_peers.h"
#include "listen/udp_presence.h"

#define UDP_SOCKETS_MAX 8

/** struct udp_listener - a bound socket that receives datagrams */
struct udp_listener {
	int fd;
	uint16_t port;
	struct in_addr address; /* 0.0.0.0: any */
};

/** struct udp_service - sockets, limits and what is served */
struct udp_service {
	struct udp_listener listeners[UDP_SOCKETS_MAX];
	size_t count;
	int starter;  /* packet socket to the starter; the service ends with it */
	int64_t idle; /* milliseconds without signalling until it exits; 0: never */
	struct udp_limits limits;
	unsigned mechanisms;          /* set of enum mechanism */
	bool v6udpv4;                 /* the template builds IPv6 in UDP */
	struct udp_presence presence; /* secrets of offers that take no state */
};

int udp_service_open(int fd, struct udp_listener *out);
size_t udp_service_places(size_t places);

#endif
