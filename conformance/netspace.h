/* SPDX-License-Identifier: MIT */
/* netspace.h - a private network and private directories, to test a template in */
#ifndef CONFORMANCE_NETSPACE_H
#define CONFORMANCE_NETSPACE_H

#include <stddef.h>

#include "lib/config.h"

#define NETSPACE_DIRECTORIES (3 + CONFIG_LIST_MAX)

/** struct netspace - the private directories, empty at first */
struct netspace {
	const char *directories[NETSPACE_DIRECTORIES];
	size_t count;
};

int netspace_enter(struct netspace *n, struct config *config);

#endif
