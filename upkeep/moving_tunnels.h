/* SPDX-License-Identifier: MIT */
/* moving_tunnels.h - take the tunnels down of leases that move */
#ifndef UPKEEP_MOVING_TUNNELS_H
#define UPKEEP_MOVING_TUNNELS_H

#include "upkeep/moving.h"

enum moving_result moving_tunnels_down(struct moving *m);
void moving_tunnels_back(struct moving *m);

#endif
