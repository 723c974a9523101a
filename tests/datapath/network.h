/* SPDX-License-Identifier: MIT */
/* network.h - a network namespace with the device and an uplink */
#ifndef TESTS_DATAPATH_NETWORK_H
#define TESTS_DATAPATH_NETWORK_H

#include "datapath/bpf/maps.h"

int network_make(struct tsp_config *config);

#endif
