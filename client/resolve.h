/* SPDX-License-Identifier: MIT */
/* resolve.h - the IPv4 addresses of a name */
#ifndef CLIENT_RESOLVE_H
#define CLIENT_RESOLVE_H

#include <netinet/in.h>
#include <stdint.h>

#define RESOLVE_MAX 8

/** struct resolve_result - packet from the process that looks names up */
struct resolve_result {
	int32_t error; /* of getaddrinfo() */
	uint32_t count;
	struct in_addr list[RESOLVE_MAX];
};

int resolve(const char *host, struct resolve_result *out);

#endif
