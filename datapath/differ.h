/* SPDX-License-Identifier: MIT */
/* differ.h - does tsp.conf say something else than at the last start */
#ifndef DATAPATH_DIFFER_H
#define DATAPATH_DIFFER_H

#include "datapath/entries.h"
#include "lib/config.h"

const char *differ(const struct config *config, const struct entries *e,
		   const struct tsp_config *now, const char **cure);

#endif
