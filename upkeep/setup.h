/* SPDX-License-Identifier: MIT */
/* setup.h - tsp-handler -n: check everything that the configuration names */
#ifndef UPKEEP_SETUP_H
#define UPKEEP_SETUP_H

#include "lib/config.h"

int setup_mistakes(const struct config *config);
int setup_check(const struct config *config);

#endif
