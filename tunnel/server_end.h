/* SPDX-License-Identifier: MIT */
/* server_end.h - the IPv4 address of this machine where tunnels end */
#ifndef TUNNEL_SERVER_END_H
#define TUNNEL_SERVER_END_H

#include <stdbool.h>

#include "alloc/lease.h"
#include "lib/config.h"

struct in_addr server_end_toward(struct in_addr to);
bool server_end_is_here(struct in_addr address);
struct in_addr server_end_of(const struct config *config, const struct lease_tunnel *part,
			     struct in_addr session);
void server_end_settle(struct config *config);

#endif
