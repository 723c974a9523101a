/* SPDX-License-Identifier: MIT */
/* event.c - the log line of a lease event, with its journal fields (docs/journal.md) */
#include "tunnel/event.h"

#include <stdio.h>

#include "lib/addr.h"
#include "lib/prefix.h"

/**
 * event_tunnel() - log what happened to a tunnel
 * @id:		Event
 * @priority:	LOG_DEBUG to LOG_ERR
 * @peer:	The client's IPv4 address as text, with its port where it matters
 * @tunnel:	Tunnel: pool, number, user, ipv6, unproven and new_owner are used
 * @what:	What happened; the addresses follow it in the line
 */
void event_tunnel(enum log_event_id id, int priority, const char *peer,
		  const struct tunnel *tunnel, const char *what)
{
	char address[INET6_ADDRSTRLEN], prefix[PREFIX6_TEXT_LEN];
	struct log_fields f = {
		.peer = peer,
		.user = *tunnel->user ? tunnel->user : NULL,
		.address = address,
		.prefix = tunnel->ipv6.prefix.len ? prefix : NULL,
		.pool = pool_name(tunnel->pool),
		.lease = tunnel->number,
		.unproven = tunnel->unproven,
		.new_owner = tunnel->new_owner,
	};

	addr_format6(&tunnel->ipv6.client, address);
	prefix6_format(&tunnel->ipv6.prefix, prefix);
	log_event(id, priority, &f, "%s %s: %s %s%s%s (%s lease %u)", peer,
		  f.user ? f.user : "anonymous", what, address, f.prefix ? " and " : "",
		  f.prefix ? prefix : "", f.pool, f.lease);
}

/**
 * event_lease() - log what happened to a lease, outside a session
 * @config:	Configuration: its pools
 * @id:		Event
 * @pool:	The lease's pool
 * @lease:	Lease; its tunnel tells the addresses
 * @what:	As event_tunnel()
 */
void event_lease(const struct config *config, enum log_event_id id, enum pool_kind pool,
		 const struct lease *lease, const char *what)
{
	struct tunnel t = {
		.pool = pool, .number = lease->number, .unproven = !lease->tunnel.heard};
	char peer[INET_ADDRSTRLEN];

	addr_format4(lease->tunnel.endpoint.addr, peer);
	pool_addresses_of(config, pool, lease->number, &lease->tunnel, &t.ipv6);
	if (pool == POOL_USERS)
		snprintf(t.user, sizeof(t.user), "%s", lease->owner);
	event_tunnel(id, LOG_NOTICE, peer, &t, what);
}

/**
 * event_presence() - log that a client is heard, or is silent now
 * @config:	Configuration: its pools
 * @pool:	The lease's pool
 * @lease:	Lease that has just become present, or claimed again
 */
void event_presence(const struct config *config, enum pool_kind pool,
		    const struct lease *lease)
{
	if (lease->state == LEASE_PRESENT)
		event_lease(config, EVENT_PRESENT, pool, lease, "has");
	else
		event_lease(config, EVENT_SILENT, pool, lease, "is silent and claims");
}
