/* SPDX-License-Identifier: MIT */
/* world.h - a network and directories of our own, to try a template in */
#ifndef CTL_WORLD_H
#define CTL_WORLD_H

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
