/* SPDX-License-Identifier: MIT */
/* prune.c - remove the device's routes and addresses of an earlier configuration */
#include "datapath/prune.h"

#include <linux/if_addr.h>
#include <stdint.h>
#include <string.h>

#include "datapath/netlink.h"

#define PRUNE_MAX 8

/** struct prune - routes or addresses of the device, to be removed */
struct prune {
	uint32_t index;
	const struct prefix6 *keep;
	size_t keep_count;
	struct prefix6 found[PRUNE_MAX]; /* the next start removes more */
	size_t count;
};

/** note() - remember @dst, unless it is to be kept */
static void note(struct prune *p, const struct rtattr *dst, uint8_t len)
{
	struct prefix6 found = {.len = len};
	size_t i;

	if (!dst || RTA_PAYLOAD(dst) != sizeof(found.addr) || p->count == PRUNE_MAX)
		return;
	memcpy(&found.addr, RTA_DATA(dst), sizeof(found.addr));
	for (i = 0; i < p->keep_count; i++) {
		if (p->keep[i].len == len &&
		    !memcmp(&p->keep[i].addr, &found.addr, sizeof(found.addr)))
			return;
	}
	p->found[p->count++] = found;
}

/** on_route() - netlink_each: a route; ours have a gateway */
static int on_route(const struct nlmsghdr *m, void *context)
{
	const struct rtmsg *msg = NLMSG_DATA(m);
	struct prune *p = context;

	if (m->nlmsg_type == RTM_NEWROUTE && msg->rtm_protocol == RTPROT_STATIC &&
	    netlink_find(m, sizeof(*msg), RTA_GATEWAY) &&
	    netlink_u32(netlink_find(m, sizeof(*msg), RTA_OIF), 0) == p->index &&
	    netlink_u32(netlink_find(m, sizeof(*msg), RTA_PRIORITY), 0) == VETH_METRIC)
		note(p, netlink_find(m, sizeof(*msg), RTA_DST), msg->rtm_dst_len);
	return 0;
}

/** on_address() - netlink_each: an address of the device */
static int on_address(const struct nlmsghdr *m, void *context)
{
	const struct ifaddrmsg *msg = NLMSG_DATA(m);
	struct prune *p = context;

	if (m->nlmsg_type == RTM_NEWADDR && msg->ifa_index == p->index)
		note(p, netlink_find(m, sizeof(*msg), IFA_ADDRESS), msg->ifa_prefixlen);
	return 0;
}

/** drop_route() - remove one */
static int drop_route(int netlink, const struct prune *p, const struct prefix6 *dst)
{
	struct rtmsg msg = {.rtm_family = AF_INET6,
			    .rtm_dst_len = dst->len,
			    .rtm_table = RT_TABLE_MAIN};
	struct netlink_request r;

	netlink_begin(&r, RTM_DELROUTE, 0, &msg, sizeof(msg));
	netlink_add(&r, RTA_DST, &dst->addr, sizeof(dst->addr));
	netlink_add_u32(&r, RTA_OIF, p->index);
	netlink_add_u32(&r, RTA_PRIORITY, VETH_METRIC);
	return netlink_ask(netlink, &r, NULL, NULL);
}

/** drop_address() - remove one */
static int drop_address(int netlink, const struct prune *p, const struct prefix6 *a)
{
	struct ifaddrmsg msg = {
		.ifa_family = AF_INET6, .ifa_prefixlen = a->len, .ifa_index = p->index};
	struct netlink_request r;

	netlink_begin(&r, RTM_DELADDR, 0, &msg, sizeof(msg));
	netlink_add(&r, IFA_LOCAL, &a->addr, sizeof(a->addr));
	return netlink_ask(netlink, &r, NULL, NULL);
}

/**
 * prune() - remove routes and addresses that an earlier configuration had
 * @netlink:	From netlink_open()
 * @d:		The pair, up
 * @keep:	Destinations of routes, and addresses with length 128, that stay
 * @count:	How many
 *
 * Return: 0; -1 with errno
 */
int prune(int netlink, const struct device *d, const struct prefix6 *keep, size_t count)
{
	struct prune routes = {
		.index = d->inner_index, .keep = keep, .keep_count = count};
	struct prune addresses = routes;
	struct rtmsg route = {.rtm_family = AF_INET6};
	struct ifaddrmsg address = {.ifa_family = AF_INET6};
	struct netlink_request r;
	size_t i;

	netlink_begin(&r, RTM_GETROUTE, NLM_F_DUMP, &route, sizeof(route));
	if (netlink_ask(netlink, &r, on_route, &routes))
		return -1;
	netlink_begin(&r, RTM_GETADDR, NLM_F_DUMP, &address, sizeof(address));
	if (netlink_ask(netlink, &r, on_address, &addresses))
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
