/* SPDX-License-Identifier: MIT */
/* find.h - leases by owner and by endpoint, in one file */
#ifndef ALLOC_FIND_H
#define ALLOC_FIND_H

#include <stddef.h>

#include "alloc/table.h"

int find_owner(struct table *t, const char *owner, struct lease *out);
int find_endpoint(struct table *t, const struct endpoint *endpoint, struct lease *out,
		  size_t max);

#endif
