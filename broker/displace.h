/* SPDX-License-Identifier: MIT */
/* displace.h - take down displaced tunnels; restore them on failure */
#ifndef BROKER_DISPLACE_H
#define BROKER_DISPLACE_H

#include "broker/broker.h"

struct in_addr displace_server(const struct broker *b, enum tunnel_type mode);
void displace_describe(const struct broker *b, enum pool_kind pool,
		       const struct lease *lease, const struct lease_tunnel *part,
		       struct tunnel *out);
int displace_take_down(struct broker *b);
int displace_undo(struct broker *b);

#endif
