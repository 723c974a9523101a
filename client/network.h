/* SPDX-License-Identifier: MIT */
/* network.h - addresses and routes of this machine, and their changes */
#ifndef CLIENT_NETWORK_H
#define CLIENT_NETWORK_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "lib/prefix.h"

int network_open(void);
bool network_changed(int netlink);
int network_source(struct in_addr server, struct in_addr *out);
int network_overlaps(const struct prefix6 *prefix, const char *but, bool *out);

#endif
