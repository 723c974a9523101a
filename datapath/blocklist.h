/* SPDX-License-Identifier: MIT */
/* blocklist.h - IPv4 addresses whose packets the programs drop, both ways */
#ifndef DATAPATH_BLOCKLIST_H
#define DATAPATH_BLOCKLIST_H

#include "lib/config.h"

int blocklist_apply(const struct config *config, int shared, int blocked);
int blocklist_add(const struct config *config, const char *text);
int blocklist_remove(const struct config *config, const char *text);
int blocklist_print(const struct config *config);

#endif
