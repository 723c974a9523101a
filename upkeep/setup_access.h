/* SPDX-License-Identifier: MIT */
/* setup_access.h - may sessions use what the configuration names? */
#ifndef UPKEEP_SETUP_ACCESS_H
#define UPKEEP_SETUP_ACCESS_H

#include "lib/config.h"

int setup_access_check(const struct config *config);

#endif
