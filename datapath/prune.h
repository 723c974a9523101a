/* SPDX-License-Identifier: MIT */
/* prune.h - routes and addresses of the device that an earlier configuration had */
#ifndef DATAPATH_PRUNE_H
#define DATAPATH_PRUNE_H

#include <stddef.h>

#include "datapath/veth.h"

int prune(int netlink, const struct device *d, const struct prefix6 *keep, size_t count);

#endif
