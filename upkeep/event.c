/* SPDX-License-Identifier: MIT */
/* event.c - what happened to a lease, for the log: the words that sessions use too */
#include "upkeep/event.h"

#include <arpa/inet.h>

/**
 * event_lease() - log an event with all fields that the lease has
 * @config:	Configuration
 * @id:		Event
 * @pool:	The lease's pool
 * @lease:	Lease; its tunnel tells the addresses
 * @what:	What happened, in front of the address
 */
void event_lease(const struct config *config, enum log_event_id id, enum pool_kind pool,
		 const struct lease *lease, const char *what)
{
	char peer[INET_ADDRSTRLEN], address[INET6_ADDRSTRLEN], prefix[PREFIX6_TEXT_LEN];
	struct log_fields f = {.peer = peer,
			       .user = pool == POOL_USERS ? lease->owner : NULL,
			       .address = address,
			       .pool = pool_name(pool),
			       .lease = lease->number};
	struct pool_addresses ipv6;

	if (pool == POOL_USERS)
		pool_users_addresses(&config->users_pool, lease->number,
				     lease->tunnel.prefix_len, &ipv6);
	else
		pool_anonymous_addresses(&config->anonymous_pool, &lease->tunnel.endpoint,
					 &ipv6);
	inet_ntop(AF_INET, &lease->tunnel.endpoint.addr, peer, sizeof(peer));
	inet_ntop(AF_INET6, &ipv6.client, address, sizeof(address));
	if (ipv6.prefix.len) {
		prefix6_format(&ipv6.prefix, prefix);
		f.prefix = prefix;
	}
	log_event(id, LOG_INFO, &f, "%s %s: %s %s%s%s (%s lease %u)", peer,
		  f.user ? f.user : "anonymous", what, address, f.prefix ? " and " : "",
		  f.prefix ? f.prefix : "", f.pool, f.lease);
}
