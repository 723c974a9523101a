/* SPDX-License-Identifier: MIT */
/* tunnel.h - describe a lease as a tunnel, with all addresses and names */
#ifndef TUNNEL_TUNNEL_H
#define TUNNEL_TUNNEL_H

#include <net/if.h>

#include "alloc/lease.h"
#include "alloc/pool.h"
#include "lib/config.h"
#include "lib/endpoint.h"
#include "lib/ipc.h"

/** struct tunnel - a tunnel */
struct tunnel {
	enum pool_kind pool;
	uint32_t number; /* lease number */
	enum tunnel_type mode;
	char interface[IFNAMSIZ];
	struct in_addr server_ipv4; /* told to the client */
	struct in_addr local_ipv4;  /* this machine's end: see server_end.c */
	uint16_t server_port;       /* TUNNEL_V6UDPV4: of our end */
	struct endpoint client;
	struct pool_addresses ipv6;
	char user[USER_ID_MAX + 1]; /* empty: anonymous */
	char name[IPC_NAME_MAX];    /* userid.domain; empty: none */
	time_t expires;
	struct in6_addr keepalive; /* contains the lease's secret; :: without one */
	bool unproven;             /* nothing has shown that its client is there */
	bool new_owner; /* its lease was another client's before, or nobody's */
};

void tunnel_describe(const struct config *config, enum pool_kind pool,
		     const struct lease *lease, const struct lease_tunnel *part,
		     struct in_addr server, struct tunnel *out);

#endif
