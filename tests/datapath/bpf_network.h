/* SPDX-License-Identifier: MIT */
/* bpf_network.h - a network namespace with the device and an uplink */
#ifndef TESTS_DATAPATH_BPF_NETWORK_H
#define TESTS_DATAPATH_BPF_NETWORK_H

#include "datapath/bpf/maps.h"

int bpf_network_make(struct tsp_config *config);

#endif
