/* SPDX-License-Identifier: MIT */
/*
 * veth.c - the veth pair of all tunnels, and its routes
 *
 *	inner (tsp0)	what the IPv6 stack sees: packets from clients come in here and the
 *			pools' routes lead here
 *	outer (tsp0x)	its peer: packets from clients are redirected into it, and packets to
 *			clients are encapsulated where they arrive at it
 *
 * All routes go through one gateway with one permanent neighbour. Without it the kernel
 * would make a neighbour entry for each client, and there are at most 1,024 of those.
 */
#include "datapath/veth.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "datapath/netlink.h"

#define MTU 65535 /* a veth silently drops larger packets; routes have the real MTU */

/* IPV4_DEVCONF_FORWARDING of the kernel: its number is part of the interface */
#define DEVCONF_FORWARDING 1

/* fe80::1: the gateway of all routes */
static const struct in6_addr gateway = {{{0xfe, 0x80, [15] = 1}}};

/** struct link - properties of a device */
struct link {
	uint32_t index, peer;
	bool veth, elsewhere; /* its peer is in another network namespace */
	bool up;
	unsigned char mac[ETH_ALEN];
};

/** read_link() - netlink_each: the one device that was asked for */
static int read_link(const struct nlmsghdr *m, void *context)
{
	const struct ifinfomsg *info = NLMSG_DATA(m);
	const struct rtattr *a;
	struct link *link = context;

	link->index = (uint32_t)info->ifi_index;
	link->up = info->ifi_flags & IFF_UP;
	link->peer = netlink_u32(netlink_find(m, sizeof(*info), IFLA_LINK), 0);
	link->elsewhere = netlink_find(m, sizeof(*info), IFLA_LINK_NETNSID);
	a = netlink_find(m, sizeof(*info), IFLA_ADDRESS);
	if (a && RTA_PAYLOAD(a) == ETH_ALEN)
		memcpy(link->mac, RTA_DATA(a), ETH_ALEN);
	a = netlink_within(netlink_find(m, sizeof(*info), IFLA_LINKINFO), IFLA_INFO_KIND);
	link->veth = !strcmp(netlink_text(a), "veth");
	return 0;
}

/** ask_link() - read a device by its name; -1 with errno, ENODEV if it does not exist */
static int ask_link(int netlink, const char *name, struct link *out)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
	struct netlink_request r;

	memset(out, 0, sizeof(*out));
	netlink_begin(&r, RTM_GETLINK, 0, &info, sizeof(info));
	netlink_add_text(&r, IFLA_IFNAME, name);
	return netlink_ask(netlink, &r, read_link, out);
}

/** name_both() - the names of a pair; -1 with ENAMETOOLONG */
static int name_both(const char *name, struct device *out)
{
	memset(out, 0, sizeof(*out));
	if (strlen(name) + 1 >= sizeof(out->outer)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(out->inner, name);
	snprintf(out->outer, sizeof(out->outer), "%.*sx", IFNAMSIZ - 2, name);
	return 0;
}

/**
 * veth_find() - look for the pair
 * @netlink:	From netlink_open()
 * @name:	[server] device
 * @out:	Result
 *
 * Return: 0; -1 with errno: ENODEV when there is no such device, EEXIST when it is not a
 * pair like ours
 */
int veth_find(int netlink, const char *name, struct device *out)
{
	struct link inner, outer;

	if (name_both(name, out) || ask_link(netlink, out->inner, &inner))
		return -1;
	if (ask_link(netlink, out->outer, &outer)) {
		if (errno == ENODEV)
			errno = EEXIST;
		return -1;
	}
	if (!inner.veth || inner.elsewhere || inner.peer != outer.index) {
		errno = EEXIST;
		return -1;
	}
	out->inner_index = inner.index;
	out->outer_index = outer.index;
	memcpy(out->mac, inner.mac, sizeof(out->mac));
	out->up = inner.up;
	return 0;
}

/** veth_ipv6_off() - new devices get no IPv6 on this host; errno stays */
bool veth_ipv6_off(void)
{
	int saved = errno, off;
	FILE *f = fopen("/proc/sys/net/ipv6/conf/default/disable_ipv6", "re");

	off = f ? getc(f) : EOF;
	if (f)
		fclose(f);
	errno = saved;
	return off == '1';
}

/** make_pair() - the request that makes both devices */
static int make_pair(int netlink, const struct device *d)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
	struct netlink_request r;
	size_t linkinfo, data, peer;

	netlink_begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	netlink_add_text(&r, IFLA_IFNAME, d->inner);
	netlink_add_u32(&r, IFLA_MTU, MTU);
	linkinfo = netlink_nest(&r, IFLA_LINKINFO);
	netlink_add_text(&r, IFLA_INFO_KIND, "veth");
	data = netlink_nest(&r, IFLA_INFO_DATA);
	peer = netlink_nest(&r, VETH_INFO_PEER);
	netlink_add_body(&r, &info, sizeof(info));
	netlink_add_text(&r, IFLA_IFNAME, d->outer);
	netlink_add_u32(&r, IFLA_MTU, MTU);
	netlink_unnest(&r, peer);
	netlink_unnest(&r, data);
	netlink_unnest(&r, linkinfo);
	return netlink_ask(netlink, &r, NULL, NULL);
}

/**
 * veth_make() - make the pair, down and without addresses
 * @netlink:	From netlink_open()
 * @name:	[server] device
 * @out:	Result
 *
 * Return: 0; -1 with errno, EEXIST when one of both names is taken
 */
int veth_make(int netlink, const char *name, struct device *out)
{
	if (name_both(name, out) || make_pair(netlink, out))
		return -1;
	return veth_find(netlink, name, out);
}

/**
 * configure() - IPv6 makes no address for it; IPv4 forwards what comes from it
 *
 * The kernel's route lookup for a packet to a client fails unless the device that the
 * packet came from forwards IPv4. The machine's global sysctl stays unchanged.
 */
static int configure(int netlink, uint32_t index)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index};
	unsigned char none = IN6_ADDR_GEN_MODE_NONE;
	struct netlink_request r;
	size_t spec, family, conf;

	netlink_begin(&r, RTM_SETLINK, 0, &info, sizeof(info));
	spec = netlink_nest(&r, IFLA_AF_SPEC);
	family = netlink_nest(&r, AF_INET);
	conf = netlink_nest(&r, IFLA_INET_CONF);
	netlink_add_u32(&r, DEVCONF_FORWARDING, 1);
	netlink_unnest(&r, conf);
	netlink_unnest(&r, family);
	family = netlink_nest(&r, AF_INET6);
	netlink_add(&r, IFLA_INET6_ADDR_GEN_MODE, &none, sizeof(none));
	netlink_unnest(&r, family);
	netlink_unnest(&r, spec);
	return netlink_ask(netlink, &r, NULL, NULL);
}

/** raise_up() - bring a device up, without neighbour discovery */
static int raise_up(int netlink, uint32_t index)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC,
				 .ifi_index = (int)index,
				 .ifi_flags = IFF_UP | IFF_NOARP,
				 .ifi_change = IFF_UP | IFF_NOARP};
	struct netlink_request r;

	netlink_begin(&r, RTM_SETLINK, 0, &info, sizeof(info));
	return netlink_ask(netlink, &r, NULL, NULL);
}

/** merge_packets() - turn GRO on: a veth accepts packets redirected by XDP only with it */
static int merge_packets(const char *name)
{
	struct ethtool_value value = {.cmd = ETHTOOL_SGRO, .data = 1};
	struct ifreq ifr = {.ifr_data = (char *)&value};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), result, saved;

	if (fd < 0)
		return -1;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	result = ioctl(fd, SIOCETHTOOL, &ifr);
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

/** add_gateway() - the one neighbour: fe80::1 has the device's own address */
static int add_gateway(int netlink, const struct device *d)
{
	struct ndmsg nd = {.ndm_family = AF_INET6,
			   .ndm_ifindex = (int)d->inner_index,
			   .ndm_state = NUD_PERMANENT};
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &nd, sizeof(nd));
	netlink_add(&r, NDA_DST, &gateway, sizeof(gateway));
	netlink_add(&r, NDA_LLADDR, d->mac, sizeof(d->mac));
	return netlink_ask(netlink, &r, NULL, NULL);
}

/**
 * veth_set_up() - bring both ends up, with all that packets need but routes
 * @netlink:	From netlink_open()
 * @d:		The pair; setting it up again changes nothing
 *
 * Return: 0; -1 with errno
 */
int veth_set_up(int netlink, const struct device *d)
{
	if (configure(netlink, d->inner_index) || configure(netlink, d->outer_index) ||
	    merge_packets(d->inner) || merge_packets(d->outer))
		return -1;
	if (raise_up(netlink, d->outer_index) || raise_up(netlink, d->inner_index))
		return -1;
	return add_gateway(netlink, d);
}

/**
 * veth_address() - give inner the address that ICMPv6 errors come from
 * @netlink:	From netlink_open()
 * @d:		The pair, up
 * @a:		Address; not the first of a link, which is a tunnel's end
 *
 * Return: 0; -1 with errno
 */
int veth_address(int netlink, const struct device *d, const struct in6_addr *a)
{
	struct ifaddrmsg msg = {.ifa_family = AF_INET6,
				.ifa_prefixlen = 128,
				.ifa_flags = IFA_F_NODAD | IFA_F_PERMANENT,
				.ifa_scope = RT_SCOPE_UNIVERSE,
				.ifa_index = d->inner_index};
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &msg, sizeof(msg));
	netlink_add(&r, IFA_LOCAL, a, sizeof(*a));
	netlink_add(&r, IFA_ADDRESS, a, sizeof(*a));
	return netlink_ask(netlink, &r, NULL, NULL);
}

/**
 * veth_route() - route a pool to inner
 * @netlink:	From netlink_open()
 * @d:		The pair, up
 * @to:		Addresses
 * @mtu:	Largest IPv6 packet in bytes; the kernel tells senders of larger ones
 *
 * Return: 0; -1 with errno
 */
int veth_route(int netlink, const struct device *d, const struct prefix6 *to,
	       uint32_t mtu)
{
	struct rtmsg msg = {.rtm_family = AF_INET6,
			    .rtm_dst_len = to->len,
			    .rtm_table = RT_TABLE_MAIN,
			    .rtm_protocol = RTPROT_STATIC,
			    .rtm_scope = RT_SCOPE_UNIVERSE,
			    .rtm_type = RTN_UNICAST,
			    .rtm_flags = RTNH_F_ONLINK};
	struct netlink_request r;
	size_t metrics;

	netlink_begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &msg, sizeof(msg));
	netlink_add(&r, RTA_DST, &to->addr, sizeof(to->addr));
	netlink_add(&r, RTA_GATEWAY, &gateway, sizeof(gateway));
	netlink_add_u32(&r, RTA_OIF, d->inner_index);
	netlink_add_u32(&r, RTA_PRIORITY, VETH_METRIC);
	metrics = netlink_nest(&r, RTA_METRICS);
	netlink_add_u32(&r, RTAX_MTU, mtu);
	netlink_unnest(&r, metrics);
	return netlink_ask(netlink, &r, NULL, NULL);
}

/**
 * veth_remove() - remove the pair, and with it addresses and routes
 *
 * Return: 0; -1 with errno
 */
int veth_remove(int netlink, const struct device *d)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC,
				 .ifi_index = (int)d->inner_index};
	struct netlink_request r;

	netlink_begin(&r, RTM_DELLINK, 0, &info, sizeof(info));
	return netlink_ask(netlink, &r, NULL, NULL);
}
