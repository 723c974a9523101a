/* SPDX-License-Identifier: MIT */
/* find.h - leases by owner and by IPv4 address, in one file */
#ifndef ALLOC_FIND_H
#define ALLOC_FIND_H

#include <netinet/in.h>
#include <stddef.h>

#include "alloc/table.h"

int find_owner(struct table *t, const char *owner, struct lease *out);
int find_address(struct table *t, struct in_addr ipv4, struct lease *out, size_t max);

#endif
