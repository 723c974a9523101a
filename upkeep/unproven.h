/* SPDX-License-Identifier: MIT */
/* unproven.h - extend leases whose clients have proven to be there */
#ifndef UPKEEP_UNPROVEN_H
#define UPKEEP_UNPROVEN_H

#include "upkeep/files.h"

enum upkeep_result unproven_extend(struct files *f, unsigned jobs);

#endif
