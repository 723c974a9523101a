/* SPDX-License-Identifier: MIT */
/* variables.h - parse a tunnel's template variables (tsp-template(7)) */
#ifndef DATAPATH_VARIABLES_H
#define DATAPATH_VARIABLES_H

#include <stdint.h>

#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/prefix.h"

/** struct request - a tunnel */
struct request {
	uint32_t lease;
	struct endpoint client;    /* port 0: protocol 41 */
	struct in_addr server;     /* 0.0.0.0: any address of this machine */
	struct in6_addr address;   /* the client's, inside the tunnel */
	uint8_t prefix_len;        /* 0: a host, nothing was delegated */
	struct in6_addr keepalive; /* contains the secret; all zero: none */
};

int variables_environment(struct request *out);
int variables_line(char *line, struct request *out);

#endif
