/* SPDX-License-Identifier: MIT */
/* listener.h - start one handler per TCP connection to an inherited listening socket */
#ifndef LISTEN_LISTENER_H
#define LISTEN_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include "listen/forks.h"

/** struct listener - a listening socket, the handler's command and its limits */
struct listener {
	int fd;
	char *const *argv; /* of a handler, its path first */
	size_t sessions;   /* limit of handlers; further connections wait */
	size_t per_source; /* limit for one IPv4 address; further connections are closed */
	unsigned handler_seconds; /* after these a handler is killed */
	unsigned idle_seconds;    /* without a client until the listener exits */
	bool stderr_is_listener;  /* inetd: handlers get the connection as fd 2 too */
	struct forks *forks;      /* NULL: an exec for each session */
	const char *state;        /* state directory */
};

bool listener_is(int fd);
int listener_run(const struct listener *l);

#endif
