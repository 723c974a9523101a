/* SPDX-License-Identifier: MIT */
/* links.h - all network devices of this namespace, and how they are stacked */
#ifndef DATAPATH_LINKS_H
#define DATAPATH_LINKS_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** enum link_kind - how a device gets its packets */
enum link_kind {
	LINK_BOTTOM,  /* hardware, or a virtual device with no device below */
	LINK_STACKED, /* a VLAN or macvlan: from one device below */
	LINK_GROUP, /* a bridge, bond or team: the devices that have it as their master */
};

struct link {
	char name[IFNAMSIZ];
	uint32_t index;
	uint32_t master; /* index, 0: none */
	uint32_t parent; /* index of the device below a LINK_STACKED */
	enum link_kind kind;
	bool ethernet;
	bool elsewhere; /* the parent is in another network namespace */
};

struct links {
	struct link *list;
	size_t count, room;
};

int links_read(int netlink, struct links *out);
void links_free(struct links *l);
const struct link *links_by_name(const struct links *l, const char *name);
const struct link *links_by_index(const struct links *l, uint32_t index);

#endif
