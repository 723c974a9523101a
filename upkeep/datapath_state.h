/* SPDX-License-Identifier: MIT */
/* datapath_state.h - what tsp-datapath finds missing or changed */
#ifndef UPKEEP_DATAPATH_STATE_H
#define UPKEEP_DATAPATH_STATE_H

#include "lib/config.h"

#define DATAPATH_STATE_LINES 16
#define DATAPATH_STATE_LEN   160

/** struct datapath_state - lines of `tsp-datapath status --faults` */
struct datapath_state {
	char lines[DATAPATH_STATE_LINES][DATAPATH_STATE_LEN];
	size_t count;
};

void datapath_state_read(const struct config *config, struct datapath_state *out);

#endif
