/* SPDX-License-Identifier: MIT */
/* device.h - the veth pair that stands for all tunnels, and its routes */
#ifndef DATAPATH_DEVICE_H
#define DATAPATH_DEVICE_H

#include <net/if.h>
#include <netinet/if_ether.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/prefix.h"

/** struct device - [server] device and its peer, whose name has an "x" more */
struct device {
	char inner[IFNAMSIZ], outer[IFNAMSIZ];
	uint32_t inner_index, outer_index;
	unsigned char mac[ETH_ALEN]; /* of inner */
};

int device_find(int netlink, const char *name, struct device *out);
int device_make(int netlink, const char *name, struct device *out);
int device_set_up(int netlink, const struct device *d);
int device_address(int netlink, const struct device *d, const struct in6_addr *a);
int device_route(int netlink, const struct device *d, const struct prefix6 *to,
		 uint32_t mtu);
int device_remove(int netlink, const struct device *d);

#endif
