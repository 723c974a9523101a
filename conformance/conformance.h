/* SPDX-License-Identifier: MIT */
/* conformance.h - does a template do what tsp-template(7) asks for? */
#ifndef CONFORMANCE_CONFORMANCE_H
#define CONFORMANCE_CONFORMANCE_H

#include "conformance/netspace.h"
#include "conformance/snapshot.h"
#include "tunnel/tunnel.h"

#define KIT_AT_ONCE 4

/** enum kit_tunnel - the tunnels of the tests */
enum kit_tunnel {
	KIT_OTHER,     /* another client's, that is there all the time */
	KIT_ROUTER,    /* a user's, with a prefix */
	KIT_MOVED,     /* the same from another IPv4 address */
	KIT_HOST,      /* the same without the prefix */
	KIT_ANONYMOUS, /* of a client without an account */
	KIT_CROWD,     /* of KIT_AT_ONCE users */
	KIT_TUNNELS = KIT_CROWD + KIT_AT_ONCE,
};

/** struct kit - the tests of one template */
struct kit {
	struct config config;
	struct world world;
	struct tunnel tunnels[KIT_TUNNELS];
	struct snapshot empty;  /* before the first run */
	struct snapshot before; /* with the other client's tunnel only */
	struct snapshot built;  /* with the router's as well */
	int said;               /* a file for what our log would say on standard error */
	unsigned number, failed;
	bool verbose;
};

int kit_run(struct kit *k);

#endif
