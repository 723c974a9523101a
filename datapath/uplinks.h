/* SPDX-License-Identifier: MIT */
/* uplinks.h - find the devices where clients' packets arrive */
#ifndef DATAPATH_UPLINKS_H
#define DATAPATH_UPLINKS_H

#include "datapath/links.h"
#include "lib/config.h"

#define UPLINK_MAX 64 /* most ports of a bridge */

/** struct uplinks - the lowest devices of all uplinks, each once */
struct uplinks {
	const struct link *list[UPLINK_MAX]; /* point into the links they were found in */
	size_t count;
};

int uplinks_find(int netlink, const struct links *links, const struct config *config,
		 struct uplinks *out);

#endif
