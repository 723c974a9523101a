/* SPDX-License-Identifier: MIT */
/* netspace.h - a network and directories of our own, to try a template in */
#ifndef CONFORMANCE_NETSPACE_H
#define CONFORMANCE_NETSPACE_H

#include <stddef.h>

#include "lib/config.h"

#define WORLD_DIRECTORIES (3 + CONFIG_LIST_MAX)

/** struct world - what in it is our own, and empty in the beginning */
struct world {
	const char *directories[WORLD_DIRECTORIES];
	size_t count;
};

int world_enter(struct world *w, struct config *config);

#endif
