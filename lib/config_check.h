/* SPDX-License-Identifier: MIT */
/* config_check.h - check that the values of tsp.conf agree: pools, ranges, mechanisms */
#ifndef LIB_CONFIG_CHECK_H
#define LIB_CONFIG_CHECK_H

#include "lib/config_parser.h"

void config_check(struct parser *p);

#endif
