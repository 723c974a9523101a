/* SPDX-License-Identifier: MIT */
/* config_check.h - do the values of tsp.conf fit together: pools, ranges, mechanisms */
#ifndef LIB_CONFIG_CHECK_H
#define LIB_CONFIG_CHECK_H

#include "lib/config_parser.h"

void config_check(struct parser *p);

#endif
