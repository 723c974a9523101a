/* SPDX-License-Identifier: MIT */
/* keepalive.h - addresses that contain a secret: a client proves its presence by a ping */
#ifndef LIB_KEEPALIVE_H
#define LIB_KEEPALIVE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/config.h"

/* set in the second half of addresses of a network that has addresses of leases, too */
#define KEEPALIVE_SHARED (UINT64_C(1) << 63)

int keepalive_prefix(const struct config *config, struct prefix6 *out, bool *shared);
int keepalive_address(const struct config *config, uint64_t secret, struct in6_addr *out);

#endif
