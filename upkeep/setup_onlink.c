/* SPDX-License-Identifier: MIT */
/*
 * setup_onlink.c - are the pools' ranges routed to this server, or on-link?
 *
 * Many providers give a server one /64, or less, and route nothing: their router asks by
 * neighbour discovery for each address, and the server answers for its own alone. A range
 * within the network of a device looks so. It may be routed all the same, hence the notice.
 */
#include "upkeep/setup_onlink.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

#include "lib/log.h"
#include "lib/prefix.h"

#define SMALLEST 64 /* network for a delegated prefix, and for an anonymous pool */

/** struct range - a key with a prefix */
struct range {
	const char *key;
	const struct prefix6 *prefix;
};

/** is_tunnel() - by its name, the device carries tunnels: their links are in the ranges */
static bool is_tunnel(const struct config *c, const char *device)
{
	return !strncmp(device, c->device, strlen(c->device)) ||
	       !strncmp(device, "tsp", 3);
}

/** read_network() - the network of an IPv6 address at a device; false: it has none */
static bool read_network(const struct ifaddrs *a, struct prefix6 *out)
{
	const unsigned char *mask;
	unsigned i;

	if (!a->ifa_addr || !a->ifa_netmask || a->ifa_addr->sa_family != AF_INET6 ||
	    a->ifa_flags & IFF_LOOPBACK)
		return false;
	out->addr = ((const struct sockaddr_in6 *)(const void *)a->ifa_addr)->sin6_addr;
	mask = ((const struct sockaddr_in6 *)(const void *)a->ifa_netmask)
		       ->sin6_addr.s6_addr;
	out->len = 0;
	for (i = 0; i < sizeof(out->addr); i++) {
		out->len = (uint8_t)(out->len + __builtin_popcount(mask[i]));
		out->addr.s6_addr[i] &= mask[i];
	}
	return !IN6_IS_ADDR_LINKLOCAL(&out->addr);
}

/** note() - say that a range is within a device's network */
static void note(const struct config *c, const struct range *r, const char *device,
		 const struct prefix6 *network)
{
	char range[PREFIX6_TEXT_LEN], around[PREFIX6_TEXT_LEN];

	prefix6_format(r->prefix, range);
	prefix6_format(network, around);
	log_msg(LOG_NOTICE,
		"%s: %s: on-link at %s, in %s%s: unless the provider routes it to this "
		"server, packets to clients do not arrive, see docs/operating.md: '%s'",
		c->path, r->key, device, around,
		network->len > SMALLEST
			? ", which is smaller than a /64 and has room for users' tunnel "
			  "ends alone"
			: "",
		range);
}

/** find() - say at which device a range is on-link, if it is */
static void find(const struct config *c, const struct range *r, struct ifaddrs *list)
{
	struct prefix6 network;

	for (; r->prefix->len && list; list = list->ifa_next) {
		if (is_tunnel(c, list->ifa_name) || !read_network(list, &network) ||
		    network.len > r->prefix->len ||
		    !prefix6_contains(&network, &r->prefix->addr))
			continue;
		note(c, r, list->ifa_name, &network);
		return;
	}
}

/** setup_onlink_note() - say which ranges of the pools are on-link; logged */
void setup_onlink_note(const struct config *c)
{
	const struct range ranges[] = {
		{"[pool anonymous] link", &c->anonymous_pool.link},
		{"[pool users] link", &c->users_pool.link},
		{"[pool users] prefix", &c->users_pool.prefix},
	};
	struct ifaddrs *list;
	size_t i;

	if (getifaddrs(&list)) {
		log_msg(LOG_WARNING, "reading this machine's addresses: %m");
		return;
	}
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		find(c, &ranges[i], list);
	freeifaddrs(list);
}
