/* SPDX-License-Identifier: MIT */
/* unproven.h - leases that a first packet makes good */
#ifndef UPKEEP_UNPROVEN_H
#define UPKEEP_UNPROVEN_H

#include "upkeep/files.h"

int unproven_extend(struct ctl *ctl, struct files *f, unsigned jobs);

#endif
