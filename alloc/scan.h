/* SPDX-License-Identifier: MIT */
/* scan.h - leases by owner and by IPv4 address, without the index */
#ifndef ALLOC_SCAN_H
#define ALLOC_SCAN_H

#include <netinet/in.h>
#include <stddef.h>

#include "alloc/table.h"

int scan_owner(struct table *t, const char *owner, uint32_t *numbers, size_t max);
int scan_address(struct table *t, struct in_addr ipv4, uint32_t *numbers, size_t max);

#endif
