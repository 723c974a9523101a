/* SPDX-License-Identifier: MIT */
/* forwarding.h - will this host forward the packets of tunnels? */
#ifndef UPKEEP_FORWARDING_H
#define UPKEEP_FORWARDING_H

#include "lib/config.h"

#define FORWARDING_TEXT 192

/** enum forwarding - what stands in the way */
enum forwarding {
	FORWARDING_ON,
	FORWARDING_UNKNOWN, /* no right to look */
	FORWARDING_OFF,     /* the kernel forwards no IPv6 */
	FORWARDING_DROPPED, /* the firewall does */
};

enum forwarding forwarding_check(const struct config *config, char why[FORWARDING_TEXT]);
void forwarding_warn(const struct config *config, enum forwarding least);

#endif
