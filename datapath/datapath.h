/* SPDX-License-Identifier: MIT */
/* datapath.h - the subcommands of tsp-datapath */
#ifndef DATAPATH_DATAPATH_H
#define DATAPATH_DATAPATH_H

#include <stdbool.h>

#include "lib/config.h"

#define DATAPATH_NO 1 /* exit status beside lib/exit.h: not started, or not found */

int start(const struct config *config);
int moved_start(const struct config *config);
int start_mount(const struct config *config);
void routes_mend_begin(void);
int routes_mend(const struct config *config);
int stop(const struct config *config, bool keep_tunnels);
int overview(const struct config *config, bool faults_only);

#endif
