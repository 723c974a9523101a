/* SPDX-License-Identifier: MIT */
/* check.h - tsp-handler -n: is everything that the configuration names as it should be? */
#ifndef BROKER_CHECK_H
#define BROKER_CHECK_H

#include "lib/config.h"

int check_setup(const struct config *config);

#endif
