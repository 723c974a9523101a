/* SPDX-License-Identifier: MIT */
/* udp_starter.h - start handlers on behalf of a process that may not */
#ifndef LISTEN_UDP_STARTER_H
#define LISTEN_UDP_STARTER_H

#include <stddef.h>

#include "lib/endpoint.h"

/** struct udp_start - whom a handler is wanted for; its connection comes with the packet */
struct udp_start {
	struct endpoint client;
	struct endpoint server;
};

/** struct udp_starter - what a starter does, and how often at a time */
struct udp_starter {
	int requests;      /* packet socket that they come from */
	char *const *argv; /* of a handler, its path first */
	size_t children;   /* at a time */
	size_t per_source; /* of these for one IPv4 address */
};

int udp_starter_ask(int fd, const struct udp_start *start, int connection);
int udp_starter_run(const struct udp_starter *starter);

#endif
