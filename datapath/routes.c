/* SPDX-License-Identifier: MIT */
/* routes.c - address and routes of the device: set, prune, look for what is missing */
#include "datapath/routes.h"

#include <endian.h>
#include <linux/if_addr.h>
#include <string.h>

#include "datapath/netlink.h"

#define PRUNE_MAX 8

/** struct look - what the device has of what it should have, and what is to be removed */
struct look {
	uint32_t index;
	const struct routes *wanted;
	unsigned present;                /* a bit for each of those wanted */
	struct prefix6 found[PRUNE_MAX]; /* not wanted; the next start removes more */
	size_t count;
};

/** note() - count @dst as present, or remember it as not wanted */
static void note(struct look *l, const struct rtattr *dst, uint8_t len)
{
	struct prefix6 found = {.len = len};
	size_t i;

	if (!dst || RTA_PAYLOAD(dst) != sizeof(found.addr))
		return;
	memcpy(&found.addr, RTA_DATA(dst), sizeof(found.addr));
	for (i = 0; i < l->wanted->count; i++) {
		if (l->wanted->list[i].len == len &&
		    !memcmp(&l->wanted->list[i].addr, &found.addr, sizeof(found.addr))) {
			l->present |= 1U << i;
			return;
		}
	}
	if (l->count < PRUNE_MAX)
		l->found[l->count++] = found;
}

/** on_route() - netlink_each: a route; ours have a gateway */
static int on_route(const struct nlmsghdr *m, void *context)
{
	const struct rtmsg *msg = NLMSG_DATA(m);
	struct look *l = context;

	if (m->nlmsg_type == RTM_NEWROUTE && msg->rtm_protocol == RTPROT_STATIC &&
	    netlink_find(m, sizeof(*msg), RTA_GATEWAY) &&
	    netlink_u32(netlink_find(m, sizeof(*msg), RTA_OIF), 0) == l->index &&
	    netlink_u32(netlink_find(m, sizeof(*msg), RTA_PRIORITY), 0) == VETH_METRIC)
		note(l, netlink_find(m, sizeof(*msg), RTA_DST), msg->rtm_dst_len);
	return 0;
}

/** on_address() - netlink_each: an address of the device */
static int on_address(const struct nlmsghdr *m, void *context)
{
	const struct ifaddrmsg *msg = NLMSG_DATA(m);
	struct look *l = context;

	if (m->nlmsg_type == RTM_NEWADDR && msg->ifa_index == l->index)
		note(l, netlink_find(m, sizeof(*msg), IFA_ADDRESS), msg->ifa_prefixlen);
	return 0;
}

/** drop_route() - remove one */
static int drop_route(int netlink, const struct look *l, const struct prefix6 *dst)
{
	struct rtmsg msg = {.rtm_family = AF_INET6,
			    .rtm_dst_len = dst->len,
			    .rtm_table = RT_TABLE_MAIN};
	struct netlink_request r;

	netlink_begin(&r, RTM_DELROUTE, 0, &msg, sizeof(msg));
	netlink_add(&r, RTA_DST, &dst->addr, sizeof(dst->addr));
	netlink_add_u32(&r, RTA_OIF, l->index);
	netlink_add_u32(&r, RTA_PRIORITY, VETH_METRIC);
	return netlink_ask(netlink, &r, NULL, NULL);
}

/** drop_address() - remove one */
static int drop_address(int netlink, const struct look *l, const struct prefix6 *a)
{
	struct ifaddrmsg msg = {
		.ifa_family = AF_INET6, .ifa_prefixlen = a->len, .ifa_index = l->index};
	struct netlink_request r;

	netlink_begin(&r, RTM_DELADDR, 0, &msg, sizeof(msg));
	netlink_add(&r, IFA_LOCAL, &a->addr, sizeof(a->addr));
	return netlink_ask(netlink, &r, NULL, NULL);
}

/** look_routes() - read the device's routes; -1 with errno */
static int look_routes(int netlink, struct look *l)
{
	struct rtmsg msg = {.rtm_family = AF_INET6};
	struct netlink_request r;

	netlink_begin(&r, RTM_GETROUTE, NLM_F_DUMP, &msg, sizeof(msg));
	netlink_add_u32(&r, RTA_OIF, l->index); /* not the table of a whole Internet */
	return netlink_ask(netlink, &r, on_route, l);
}

/** look_addresses() - read the device's addresses; -1 with errno */
static int look_addresses(int netlink, struct look *l)
{
	struct ifaddrmsg msg = {.ifa_family = AF_INET6, .ifa_index = l->index};
	struct netlink_request r;

	netlink_begin(&r, RTM_GETADDR, NLM_F_DUMP, &msg, sizeof(msg));
	return netlink_ask(netlink, &r, on_address, l);
}

/** prune() - remove routes and addresses that an earlier configuration had */
static int prune(int netlink, const struct device *d, const struct routes *wanted)
{
	struct look routes = {.index = d->inner_index, .wanted = wanted};
	struct look addresses = routes;
	size_t i;

	if (look_routes(netlink, &routes) || look_addresses(netlink, &addresses))
		return -1;
	for (i = 0; i < routes.count; i++) {
		if (drop_route(netlink, &routes, &routes.found[i]))
			return -1;
	}
	for (i = 0; i < addresses.count; i++) {
		if (drop_address(netlink, &addresses, &addresses.found[i]))
			return -1;
	}
	return 0;
}

/** add() - one more address or destination; bits of @high and @low in host byte order */
static void add(struct routes *to, uint64_t high, uint64_t low, uint32_t len)
{
	uint64_t halves[2] = {htobe64(high), htobe64(low)};
	struct prefix6 *p = &to->list[to->count++];

	memcpy(&p->addr, halves, sizeof(p->addr));
	p->len = (uint8_t)len;
}

/**
 * routes_plan() - address and routes that belong to the programs' constants
 * @plan:	Constants, of the last start or of the next
 * @out:	Result
 */
void routes_plan(const struct tsp_config *plan, struct routes *out)
{
	const struct tsp_pool *pool;

	*out = (struct routes){.mtu = plan->mtu_41};
	add(out, plan->source[0], plan->source[1], 128);
	for (pool = plan->pools; pool < plan->pools + TSP_POOLS; pool++) {
		if (pool->kind != TSP_POOL_NONE)
			add(out, pool->high, pool->low, pool->len);
	}
}

/**
 * routes_set() - set address and routes, and remove those of an earlier configuration
 * @netlink:	From netlink_open()
 * @d:		The pair, up
 * @r:		From routes_plan()
 *
 * Return: 0; -1 with errno
 */
int routes_set(int netlink, const struct device *d, const struct routes *r)
{
	size_t i;

	if (veth_address(netlink, d, &r->list[0].addr))
		return -1;
	for (i = 1; i < r->count; i++) {
		if (veth_route(netlink, d, &r->list[i], r->mtu))
			return -1;
	}
	return prune(netlink, d, r);
}

/**
 * routes_missing() - how many of these the device lacks
 * @netlink:	From netlink_open()
 * @d:		The pair
 * @r:		From routes_plan()
 *
 * Return: number; -1 with errno
 */
int routes_missing(int netlink, const struct device *d, const struct routes *r)
{
	struct look look = {.index = d->inner_index, .wanted = r};

	if (look_routes(netlink, &look) || look_addresses(netlink, &look))
		return -1;
	return (int)r->count - __builtin_popcount(look.present);
}
