/* SPDX-License-Identifier: MIT */
/* as_owner.h - work on the state directory as its owner, in a child of this process */
#ifndef UPKEEP_AS_OWNER_H
#define UPKEEP_AS_OWNER_H

#include <stddef.h>

#include "lib/config.h"

void *as_owner_memory(size_t size);
void as_owner_free(void *memory, size_t size);
int as_owner_run(const struct config *config, int (*work)(void *context), void *context);
int as_owner_session(const struct config *config, int (*work)(void *context),
		     void *context);

#endif
