/* SPDX-License-Identifier: MIT */
/*
 * uplinks.c - find the devices where clients' packets arrive
 *
 * They are named in [server] uplink, or the IPv4 default routes lead to them. A program
 * on a bridge, VLAN or bond would get packets that GRO has merged, and could remove only
 * the first outer header: TCP from clients would stall. So the devices below get the
 * program.
 */
#include "datapath/uplinks.h"

#include <string.h>

#include "datapath/netlink.h"
#include "lib/log.h"

/** add() - add a device once; -1, logged */
static int add(struct uplinks *u, const struct link *link)
{
	size_t i;

	for (i = 0; i < u->count; i++) {
		if (u->list[i] == link)
			return 0;
	}
	if (!link->ethernet) {
		log_msg(LOG_ERR, "%s: not an Ethernet device: tunnels need sit.sh",
			link->name);
		return -1;
	}
	if (u->count == UPLINK_MAX) {
		log_msg(LOG_ERR, "%s: more than %d uplinks", link->name, UPLINK_MAX);
		return -1;
	}
	u->list[u->count++] = link;
	return 0;
}

/** struct below - devices still to be visited */
struct below {
	const struct link *list[UPLINK_MAX];
	size_t count, seen;
	bool found; /* a device with none below, new or known already */
};

/** later() - visit @link, which is below @above, too; -1, logged */
static int later(struct below *more, const struct link *link, const struct link *above)
{
	if (more->count == UPLINK_MAX) {
		log_msg(LOG_ERR, "%s: more than %d devices below it", above->name,
			UPLINK_MAX);
		return -1;
	}
	more->list[more->count++] = link;
	return 0;
}

/** look() - add @link, or the devices below it; -1, logged */
static int look(struct uplinks *u, const struct links *links, const struct link *link,
		struct below *more)
{
	const struct link *parent = links_by_index(links, link->parent);
	size_t i;

	if (link->kind == LINK_BOTTOM ||
	    (link->kind == LINK_STACKED && (link->elsewhere || !parent))) {
		more->found = true;
		return add(u, link);
	}
	if (link->kind == LINK_STACKED)
		return later(more, parent, link);
	for (i = 0; i < links->count; i++) {
		if (links->list[i].master == link->index &&
		    later(more, &links->list[i], link))
			return -1;
	}
	return 0;
}

/** add_below() - add the lowest devices below @link; -1, logged */
static int add_below(struct uplinks *u, const struct links *links,
		     const struct link *link)
{
	struct below more = {.list = {link}, .count = 1};

	while (more.seen < more.count) {
		if (look(u, links, more.list[more.seen++], &more))
			return -1;
	}
	if (more.found)
		return 0;
	log_msg(LOG_ERR, "%s: has no device below it yet", link->name);
	return -1;
}

/** add_named() - add [server] uplink; -1, logged */
static int add_named(struct uplinks *u, const struct links *links,
		     const struct config *config)
{
	const struct link *link;
	size_t i;

	for (i = 0; i < config->uplink_count; i++) {
		link = links_by_name(links, config->uplink[i]);
		if (!link) {
			log_msg(LOG_ERR, "%s: no such device, named in [server] uplink",
				config->uplink[i]);
			return -1;
		}
		if (add_below(u, links, link))
			return -1;
	}
	return 0;
}

/** struct routed - devices that default routes lead to */
struct routed {
	uint32_t index[UPLINK_MAX];
	size_t count;
};

static void on_device(struct routed *to, uint32_t index)
{
	if (index && to->count < UPLINK_MAX)
		to->index[to->count++] = index;
}

/** on_route() - netlink_each: an IPv4 route */
static int on_route(const struct nlmsghdr *m, void *context)
{
	const struct rtmsg *msg = NLMSG_DATA(m);
	const struct rtattr *paths = netlink_find(m, sizeof(*msg), RTA_MULTIPATH);
	const struct rtnexthop *path = paths ? RTA_DATA(paths) : NULL;
	int left = paths ? (int)RTA_PAYLOAD(paths) : 0;

	if (m->nlmsg_type != RTM_NEWROUTE || msg->rtm_dst_len ||
	    msg->rtm_table != RT_TABLE_MAIN || msg->rtm_type != RTN_UNICAST)
		return 0;
	on_device(context, netlink_u32(netlink_find(m, sizeof(*msg), RTA_OIF), 0));
	while (path && RTNH_OK(path, left)) {
		on_device(context, (uint32_t)path->rtnh_ifindex);
		left -= (int)RTNH_ALIGN(path->rtnh_len);
		path = RTNH_NEXT(path);
	}
	return 0;
}

/** add_routed() - add the devices of IPv4 default routes; -1, logged */
static int add_routed(int netlink, struct uplinks *u, const struct links *links)
{
	struct rtmsg msg = {.rtm_family = AF_INET};
	struct routed to = {.count = 0};
	const struct link *link;
	struct netlink_request r;
	size_t i;

	netlink_begin(&r, RTM_GETROUTE, NLM_F_DUMP, &msg, sizeof(msg));
	if (netlink_ask(netlink, &r, on_route, &to)) {
		log_msg(LOG_ERR, "reading IPv4 routes: %m");
		return -1;
	}
	for (i = 0; i < to.count; i++) {
		link = links_by_index(links, to.index[i]);
		if (link && add_below(u, links, link))
			return -1;
	}
	if (u->count)
		return 0;
	log_msg(LOG_ERR,
		"no IPv4 default route yet: name the devices that clients come in "
		"at in [server] uplink");
	return -1;
}

/**
 * uplinks_find() - find the devices to attach to
 * @netlink:	From netlink_open()
 * @links:	All devices; @out points into them
 * @config:	[server] uplink
 * @out:	Result
 *
 * Return: 0; -1, logged
 */
int uplinks_find(int netlink, const struct links *links, const struct config *config,
		 struct uplinks *out)
{
	memset(out, 0, sizeof(*out));
	if (config->uplink_count)
		return add_named(out, links, config);
	return add_routed(netlink, out, links);
}
