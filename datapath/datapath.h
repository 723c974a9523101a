/* SPDX-License-Identifier: MIT */
/* datapath.h - the subcommands of tsp-datapath */
#ifndef DATAPATH_DATAPATH_H
#define DATAPATH_DATAPATH_H

#include <stdbool.h>

#include "lib/config.h"

/** Exit statuses of both programs; tsp-datapath(8) */
enum { DATAPATH_OK = 0, DATAPATH_NO = 1, DATAPATH_USAGE = 100, DATAPATH_ERROR = 111 };

int start(const struct config *config);
int stop(const struct config *config, bool keep_tunnels);
int report(const struct config *config);

#endif
