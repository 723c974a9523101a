/* SPDX-License-Identifier: MIT */
/*
 * plan.c - the programs' constants, from tsp.conf and this machine
 *
 * A change of a constant needs a new load of the programs.
 */
#include "datapath/plan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "datapath/netlink.h"
#include "lib/addr.h"
#include "lib/keepalive.h"
#include "lib/log.h"
#include "lib/random.h"

#define TTL 64

/** struct addresses - IPv4 addresses of this machine, where tunnels may end */
struct addresses {
	__be32 *list;
	uint32_t count, room;
	uint32_t more; /* addresses beyond that number */
};

/** on_address() - netlink_each: an IPv4 address; 127.0.0.1 has the scope of a host */
static int on_address(const struct nlmsghdr *m, void *context)
{
	const struct ifaddrmsg *msg = NLMSG_DATA(m);
	const struct rtattr *a = netlink_find(m, sizeof(*msg), IFA_LOCAL);
	struct addresses *to = context;

	if (m->nlmsg_type != RTM_NEWADDR || !a || RTA_PAYLOAD(a) != sizeof(to->list[0]) ||
	    msg->ifa_scope != RT_SCOPE_UNIVERSE)
		return 0;
	if (to->count == to->room) {
		to->more++;
		return 0;
	}
	memcpy(&to->list[to->count++], RTA_DATA(a), sizeof(to->list[0]));
	return 0;
}

/** read_addresses() - all of them; -1, logged */
static int read_addresses(int netlink, struct addresses *to)
{
	struct ifaddrmsg msg = {.ifa_family = AF_INET};
	struct netlink_request r;

	netlink_begin(&r, RTM_GETADDR, NLM_F_DUMP, &msg, sizeof(msg));
	if (!netlink_ask(netlink, &r, on_address, to))
		return 0;
	log_msg(LOG_ERR, "reading IPv4 addresses: %m");
	return -1;
}

/** use_only() - tunnels end at this address alone; false: this machine does not have it */
static bool use_only(struct tsp_config *out, uint32_t count, struct in_addr address)
{
	uint32_t i;

	for (i = 0; address.s_addr && i < count; i++) {
		if (out->servers[i] != address.s_addr)
			continue;
		memset(out->servers, 0, sizeof(out->servers));
		out->servers[0] = address.s_addr;
		out->server_count = 1;
		return true;
	}
	return false;
}

/**
 * find_servers() - the addresses that tunnels end at; -1, logged
 *
 * [server] local, else [server] address if this machine has it. Otherwise, behind a
 * translation, all addresses of this machine: the one that clients reach is among them.
 */
static int find_servers(int netlink, const struct config *config, struct tsp_config *out)
{
	struct addresses to = {.list = out->servers, .room = TSP_MAX_SERVERS};
	char local[INET_ADDRSTRLEN];

	if (read_addresses(netlink, &to))
		return -1;
	if (use_only(out, to.count, config->local))
		return 0;
	if (config->local.s_addr) {
		addr_format4(config->local, local);
		log_msg(LOG_ERR, "[server] local: this machine does not have %s yet",
			local);
		return -1;
	}
	if (use_only(out, to.count, config->address))
		return 0;
	out->server_count = to.count;
	if (to.count && !to.more)
		return 0;
	if (to.more)
		log_msg(LOG_ERR,
			"more than %d IPv4 addresses: name the one that tunnels end at "
			"in [server] local",
			TSP_MAX_SERVERS);
	else
		log_msg(LOG_ERR, "no IPv4 address yet that tunnels could end at");
	return -1;
}

static void set_pool(struct tsp_pool *pool, enum tsp_pool_kind kind,
		     const struct prefix6 *p, unsigned delegate)
{
	tsp_pool_set(pool, kind, addr6_half(&p->addr, 0), addr6_half(&p->addr, 1), p->len,
		     delegate);
}

/** set_pools() - set the pools, and the source address of errors */
static void set_pools(const struct config *config, struct tsp_config *out)
{
	const struct pool_config *users = &config->users_pool;
	const struct pool_config *anonymous = &config->anonymous_pool;
	const struct prefix6 *link = users->present ? &users->link : &anonymous->link;

	if (users->present)
		set_pool(&out->pools[0], TSP_POOL_LINK, &users->link, 0);
	if (users->present && users->prefix.len)
		set_pool(&out->pools[1], TSP_POOL_PREFIX, &users->prefix,
			 users->delegate);
	if (anonymous->present)
		set_pool(&out->pools[2], TSP_POOL_ANONYMOUS, &anonymous->link, 0);
	out->source[0] = addr6_half(&link->addr, 0);
	out->source[1] = addr6_half(&link->addr, 1) + 1;
}

/** set_keepalive() - set the range of keepalive addresses, if the configuration has one */
static void set_keepalive(const struct config *config, struct tsp_config *out)
{
	struct prefix6 network;
	bool shared;

	if (!config->keepalive_seconds || keepalive_prefix(config, &network, &shared))
		return;
	out->keepalive = addr6_half(&network.addr, 0);
	out->keepalive_set = shared ? KEEPALIVE_SHARED : 0;
}

/** namespace() - inode of this process's network namespace; 0: unknown */
static uint32_t namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : (uint32_t)st.st_ino;
}

/**
 * plan_make() - make the programs' constants
 * @netlink:	From netlink_open()
 * @config:	Configuration
 * @device:	The pair
 * @out:	Result, all but the epoch and the flags
 *
 * Return: 0; -1, logged
 */
int plan_make(int netlink, const struct config *config, const struct device *device,
	      struct tsp_config *out)
{
	memset(out, 0, sizeof(*out));
	out->version = TSP_MAPS_VERSION;
	out->netns = namespace();
	out->inner = device->inner_index;
	out->outer = device->outer_index;
	memcpy(out->mac, device->mac, sizeof(out->mac));
	out->ttl = TTL;
	out->mtu_41 = 1500 - TSP_OVER_41;
	out->mtu_udp = TSP_MTU_MIN;
	out->ports[0] = (uint16_t)config->udp_port;
	set_pools(config, out);
	set_keepalive(config, out);
	if (random_get(out->id_key, sizeof(out->id_key))) {
		log_msg(LOG_ERR, "random numbers: %m");
		return -1;
	}
	return find_servers(netlink, config, out);
}

/** plan_entries() - length of an array that has a pool's tunnels by their numbers, from 1 */
uint32_t plan_entries(const struct pool_config *pool)
{
	return (pool->present ? pool->capacity : 0) + 1;
}

/**
 * plan_is_here() - check that maps belong to this network namespace
 * @was:	Configuration of the maps
 * @device:	[server] device, for the log
 *
 * Namespaces may share /run, and their devices may have the same name and number.
 *
 * Return: true; false, logged
 */
bool plan_is_here(const struct tsp_config *was, const char *device)
{
	if (!was->netns || was->netns == namespace())
		return true;
	log_msg(LOG_ERR,
		"/run/%s-bpf is of another network namespace; [server] device can name "
		"another device, or if that namespace is gone: umount it",
		device);
	return false;
}

/**
 * plan_difference() - compare two configurations of maps
 * @was:	Configuration of the maps
 * @is:		Configuration now
 *
 * Return: the key of tsp.conf that changed; NULL: they fit
 */
const char *plan_difference(const struct tsp_config *was, const struct tsp_config *is)
{
	static const char *const names[TSP_POOLS] = {"[pool users] link",
						     "[pool users] prefix or delegate",
						     "[pool anonymous] link"};
	size_t i;

	for (i = 0; i < TSP_POOLS; i++) {
		/* adding or removing a whole pool affects no other tunnel */
		if (was->pools[i].kind && is->pools[i].kind &&
		    memcmp(&was->pools[i], &is->pools[i], sizeof(is->pools[i])) != 0)
			return names[i];
	}
	return NULL;
}
