/* SPDX-License-Identifier: MIT */
/* prune.h - remove the device's routes and addresses of an earlier configuration */
#ifndef DATAPATH_PRUNE_H
#define DATAPATH_PRUNE_H

#include <stddef.h>

#include "datapath/veth.h"

int prune(int netlink, const struct device *d, const struct prefix6 *keep, size_t count);

#endif
