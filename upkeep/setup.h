/* SPDX-License-Identifier: MIT */
/* setup.h - tsp-handler -n: is everything that the configuration names as it should be? */
#ifndef UPKEEP_SETUP_H
#define UPKEEP_SETUP_H

#include "lib/config.h"

int setup_check(const struct config *config);

#endif
