/* SPDX-License-Identifier: MIT */
/* differ.h - compare tsp.conf with that of the last start */
#ifndef DATAPATH_DIFFER_H
#define DATAPATH_DIFFER_H

#include <stdbool.h>

#include "datapath/entries.h"
#include "lib/config.h"

bool differ_servers(const struct tsp_config *was, const struct tsp_config *now);
const char *differ(const struct config *config, const struct entries *e,
		   const struct tsp_config *now, const char **cure);

#endif
