/* SPDX-License-Identifier: MIT */
/* tunnel_type.h - what a tunnel's packets look like: in requests, leases and templates */
#ifndef LIB_TUNNEL_TYPE_H
#define LIB_TUNNEL_TYPE_H

#include <stdint.h>

/**
 * enum tunnel_type - types of RFC 5572; this server builds those below TUNNEL_BUILT
 * @TUNNEL_NONE:	No tunnel; in a request: no type, or an unknown one
 * @TUNNEL_V6V4:	IPv6 in IPv4, protocol 41
 * @TUNNEL_V6UDPV4:	IPv6 in UDP in IPv4
 * @TUNNEL_V6ANYV4:	In a request: one of the two above, as the server finds
 * @TUNNEL_V4V6:	IPv4 in IPv6; requests for it are refused
 */
enum tunnel_type {
	TUNNEL_NONE,
	TUNNEL_V6V4,
	TUNNEL_V6UDPV4,
	TUNNEL_BUILT,
	TUNNEL_V6ANYV4 = TUNNEL_BUILT,
	TUNNEL_V4V6,
	TUNNEL_TYPES,
};

const char *tunnel_type_name(uint32_t type);
enum tunnel_type tunnel_type_by_name(const char *name);

#endif
