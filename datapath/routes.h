/* SPDX-License-Identifier: MIT */
/* routes.h - address and routes of the device: set, prune, look for what is missing */
#ifndef DATAPATH_ROUTES_H
#define DATAPATH_ROUTES_H

#include <stddef.h>
#include <stdint.h>

#include "datapath/bpf/maps.h"
#include "datapath/veth.h"
#include "lib/prefix.h"

/**
 * struct routes - what the device has
 * @list:	Its address, with length 128, then the destinations of its routes
 * @count:	How many
 * @mtu:	Of the routes, in bytes
 */
struct routes {
	struct prefix6 list[TSP_POOLS + 1];
	size_t count;
	uint32_t mtu;
};

void routes_plan(const struct tsp_config *plan, struct routes *out);
int routes_set(int netlink, const struct device *d, const struct routes *r);
int routes_missing(int netlink, const struct device *d, const struct routes *r);

#endif
