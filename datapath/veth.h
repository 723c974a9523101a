/* SPDX-License-Identifier: MIT */
/* veth.h - the veth pair of all tunnels, and its routes */
#ifndef DATAPATH_VETH_H
#define DATAPATH_VETH_H

#include <net/if.h>
#include <netinet/if_ether.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/prefix.h"

#define VETH_METRIC 512 /* preferred to an operator's own routes, at 1024 */

/** struct device - [server] device and its peer, whose name ends in an additional "x" */
struct device {
	char inner[IFNAMSIZ], outer[IFNAMSIZ];
	uint32_t inner_index, outer_index;
	unsigned char mac[ETH_ALEN]; /* of inner */
	bool up;                     /* inner is, as an administrator sets it */
};

bool veth_ipv6_off(void);
int veth_find(int netlink, const char *name, struct device *out);
int veth_make(int netlink, const char *name, struct device *out);
int veth_set_up(int netlink, const struct device *d);
int veth_address(int netlink, const struct device *d, const struct in6_addr *a);
int veth_route(int netlink, const struct device *d, const struct prefix6 *to,
	       uint32_t mtu);
int veth_remove(int netlink, const struct device *d);

#endif
