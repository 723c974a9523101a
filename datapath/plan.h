/* SPDX-License-Identifier: MIT */
/* plan.h - the programs' constants, from tsp.conf and this machine */
#ifndef DATAPATH_PLAN_H
#define DATAPATH_PLAN_H

#include <stdbool.h>

#include "datapath/bpf/maps.h"
#include "datapath/veth.h"
#include "lib/config.h"

int plan_make(int netlink, const struct config *config, const struct device *device,
	      struct tsp_config *out);
uint32_t plan_entries(const struct pool_config *pool);
bool plan_is_here(const struct tsp_config *was, const char *device);
const char *plan_difference(const struct tsp_config *was, const struct tsp_config *is);

#endif
