/* SPDX-License-Identifier: MIT */
/* links.c - all network devices of this namespace, and how they are stacked */
#include "datapath/links.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/netlink.h"
#include "lib/array.h"

#define TRIES 5 /* a dump is incomplete when devices change meanwhile */

/** kind_of() - kind by the kernel's name of the driver; NULL or "": hardware */
static enum link_kind kind_of(const char *driver)
{
	static const char *const stacked[] = {"vlan", "macvlan", "macvtap"};
	static const char *const groups[] = {"bridge", "bond", "team"};
	size_t i;

	for (i = 0; i < sizeof(stacked) / sizeof(stacked[0]); i++) {
		if (!strcmp(driver, stacked[i]))
			return LINK_STACKED;
	}
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (!strcmp(driver, groups[i]))
			return LINK_GROUP;
	}
	return LINK_BOTTOM;
}

/** on_link() - netlink_each: one more device */
static int on_link(const struct nlmsghdr *m, void *context)
{
	const struct ifinfomsg *info = NLMSG_DATA(m);
	const struct rtattr *driver;
	struct links *l = context;
	struct link *list, *link;
	const char *name;

	if (m->nlmsg_type != RTM_NEWLINK)
		return 0;
	list = array_room(l->list, l->count, &l->room, sizeof(*list));
	if (!list)
		return -1;
	l->list = list;
	link = memset(&list[l->count++], 0, sizeof(*link));
	link->index = (uint32_t)info->ifi_index;
	link->ethernet = info->ifi_type == ARPHRD_ETHER;
	name = netlink_text(netlink_find(m, sizeof(*info), IFLA_IFNAME));
	snprintf(link->name, sizeof(link->name), "%s", name);
	link->master = netlink_u32(netlink_find(m, sizeof(*info), IFLA_MASTER), 0);
	link->parent = netlink_u32(netlink_find(m, sizeof(*info), IFLA_LINK), 0);
	link->elsewhere = netlink_find(m, sizeof(*info), IFLA_LINK_NETNSID);
	driver = netlink_within(netlink_find(m, sizeof(*info), IFLA_LINKINFO),
				IFLA_INFO_KIND);
	link->kind = kind_of(netlink_text(driver));
	return 0;
}

/**
 * links_read() - read all devices
 * @netlink:	From netlink_open()
 * @out:	Result; goes to links_free() in any case
 *
 * Return: 0; -1 with errno
 */
int links_read(int netlink, struct links *out)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
	struct netlink_request r;
	int tries, result = -1;

	memset(out, 0, sizeof(*out));
	for (tries = 0; tries < TRIES; tries++) {
		out->count = 0;
		netlink_begin(&r, RTM_GETLINK, NLM_F_DUMP, &info, sizeof(info));
		result = netlink_ask(netlink, &r, on_link, out);
		if (!result || errno != EAGAIN)
			break;
	}
	return result;
}

/** links_free() - free the memory */
void links_free(struct links *l)
{
	free(l->list);
	memset(l, 0, sizeof(*l));
}

/** links_by_name() - find a device; NULL if it does not exist */
const struct link *links_by_name(const struct links *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		if (!strcmp(l->list[i].name, name))
			return &l->list[i];
	}
	return NULL;
}

/** links_by_index() - find a device; NULL if it does not exist */
const struct link *links_by_index(const struct links *l, uint32_t index)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		if (l->list[i].index == index)
			return &l->list[i];
	}
	return NULL;
}
