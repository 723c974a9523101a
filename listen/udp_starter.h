/* SPDX-License-Identifier: MIT */
/* udp_starter.h - start handlers on behalf of a process that may not */
#ifndef LISTEN_UDP_STARTER_H
#define LISTEN_UDP_STARTER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/endpoint.h"
#include "listen/forks.h"
#include "listen/udp_service.h"

/**
 * struct udp_start - a request for a handler; the packet carries its connection
 * @client:	The client's end
 * @server:	Address that the client sends to
 * @socket:	Index of the socket that it sends to
 * @proven:	0, or the epoch of the secret that the client has sent: see lib/presence.h
 */
struct udp_start {
	struct endpoint client;
	struct in_addr server;
	uint32_t socket;
	uint32_t proven;
};

/** struct udp_starter - sockets that are served, the handler's command and its limits */
struct udp_starter {
	int requests;                         /* the starter's end of the packet pair */
	const struct udp_listener *listeners; /* fd is not used */
	size_t count;
	char *const *argv;        /* of a handler, its path first */
	size_t children;          /* limit of handlers */
	unsigned handler_seconds; /* after these a handler is killed */
	pid_t reader;             /* our child that the caller waits for; 0: none */
	struct forks *forks;      /* NULL: an exec for each session */
	const char *state;        /* state directory; NULL: none */
};

struct udp_start udp_starter_request(const struct udp_path *path);
int udp_starter_ask(int fd, const struct udp_start *start, int connection);
void udp_starter_proven(int fd, const struct udp_path *path, uint64_t epoch);
int udp_starter_run(const struct udp_starter *starter);

#endif
