/* SPDX-License-Identifier: MIT */
/* tunnel.c - describe a lease as a tunnel, with all addresses and names */
#include "tunnel/tunnel.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "lib/keepalive.h"
#include "lib/prefix.h"
#include "tunnel/server_end.h"

/**
 * name_interface() - make the name that a template may give to the tunnel's device
 *
 * A user's contains the lease number; that of an anonymous client its IPv4 address, and in
 * UDP its port, since several clients may share an address.
 */
static void name_interface(struct tunnel *t)
{
	uint32_t ipv4 = ntohl(t->client.addr.s_addr);

	if (t->pool == POOL_USERS)
		snprintf(t->interface, sizeof(t->interface), "tsp%u", t->number);
	else if (t->mode == TUNNEL_V6UDPV4)
		snprintf(t->interface, sizeof(t->interface), "tsp%08x%04x", ipv4,
			 t->client.port);
	else
		snprintf(t->interface, sizeof(t->interface), "tspa%08x", ipv4);
}

/**
 * tunnel_describe() - describe a lease's tunnel for a template or an offer
 * @config:	Configuration
 * @pool:	The lease's pool
 * @lease:	The lease
 * @part:	Which of its tunnels: &lease->tunnel or &lease->before
 * @server:	As @session of server_end_of()
 * @out:	Result
 */
void tunnel_describe(const struct config *config, enum pool_kind pool,
		     const struct lease *lease, const struct lease_tunnel *part,
		     struct in_addr server, struct tunnel *out)
{
	memset(out, 0, sizeof(*out));
	out->pool = pool;
	out->number = lease->number;
	out->mode = part->mode;
	out->client = part->endpoint;
	out->expires = part->expires;
	out->unproven = !part->heard;

	out->local_ipv4 = server_end_of(config, part, server);
	out->server_ipv4 = config->address.s_addr ? config->address : out->local_ipv4;

	if (part->mode == TUNNEL_V6UDPV4)
		out->server_port = (uint16_t)config->udp_port;

	if (config->keepalive_seconds)
		keepalive_address(config, part->secret, &out->keepalive);
	name_interface(out);
	pool_addresses_of(config, pool, lease->number, part, &out->ipv6);

	if (pool == POOL_ANONYMOUS)
		return;
	snprintf(out->user, sizeof(out->user), "%s", lease->owner);
	tunnel_name_make(lease->owner, config->domain, out->name);
}
