/* SPDX-License-Identifier: MIT */
/* suite.h - does a template do what tsp-template(7) asks for? */
#ifndef CONFORMANCE_SUITE_H
#define CONFORMANCE_SUITE_H

#include "conformance/netspace.h"
#include "conformance/snapshot.h"
#include "tunnel/tunnel.h"

#define SUITE_AT_ONCE 4

/** enum suite_tunnel - the tunnels of the tests */
enum suite_tunnel {
	SUITE_OTHER,     /* another client's, that is there all the time */
	SUITE_ROUTER,    /* a user's, with a prefix */
	SUITE_MOVED,     /* the same from another IPv4 address */
	SUITE_HOST,      /* the same without the prefix */
	SUITE_ANONYMOUS, /* of a client without an account */
	SUITE_CROWD,     /* of SUITE_AT_ONCE users */
	SUITE_TUNNELS = SUITE_CROWD + SUITE_AT_ONCE,
};

/** struct suite - the tests of one template */
struct suite {
	struct config config;
	struct netspace world;
	struct tunnel tunnels[SUITE_TUNNELS];
	struct snapshot empty;  /* before the first run */
	struct snapshot before; /* with the other client's tunnel only */
	struct snapshot built;  /* with the router's as well */
	int said;               /* a file for what our log would say on standard error */
	unsigned number, failed;
	bool verbose;
};

int suite_run(struct suite *k);

#endif
