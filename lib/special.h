/* SPDX-License-Identifier: MIT */
/* special.h - IPv4 addresses that are not globally unique unicast */
#ifndef LIB_SPECIAL_H
#define LIB_SPECIAL_H

#include <netinet/in.h>
#include <stdbool.h>

const char *special_ipv4(struct in_addr a);
bool special_ipv4_is_private(struct in_addr a);

#endif
