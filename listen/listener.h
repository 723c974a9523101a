/* SPDX-License-Identifier: MIT */
/* listener.h - one handler for each TCP connection to a socket that was handed over listening */
#ifndef LISTEN_LISTENER_H
#define LISTEN_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

/** struct listener - a listening socket, what to start, and how often at a time */
struct listener {
	int fd;
	char *const *argv; /* of a handler, its path first */
	size_t sessions;   /* at a time; who comes then waits */
	size_t per_source; /* of these for one IPv4 address; who comes then is closed */
	unsigned idle_seconds;   /* without a client until it leaves */
	bool stderr_is_listener; /* inetd: give handlers the connection instead */
};

bool listener_is(int fd);
int listener_run(const struct listener *l);

#endif
