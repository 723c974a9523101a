/* SPDX-License-Identifier: MIT */
/* netspace.h - a network and directories of our own, to try a template in */
#ifndef CONFORMANCE_NETSPACE_H
#define CONFORMANCE_NETSPACE_H

#include <stddef.h>

#include "lib/config.h"

#define NETSPACE_DIRECTORIES (3 + CONFIG_LIST_MAX)

/** struct netspace - what in it is our own, and empty in the beginning */
struct netspace {
	const char *directories[NETSPACE_DIRECTORIES];
	size_t count;
};

int netspace_enter(struct netspace *w, struct config *config);

#endif
