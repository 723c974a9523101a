/* SPDX-License-Identifier: MIT */
/* tunnel_type.c - names of tunnel types (RFC 5572, 4.7.1) */
#include "lib/tunnel_type.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
	[TUNNEL_V6V4] = "v6v4",
	[TUNNEL_V6UDPV4] = "v6udpv4",
	[TUNNEL_V6ANYV4] = "v6anyv4",
	[TUNNEL_V4V6] = "v4v6",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == TUNNEL_TYPES, "a name per type");

/** tunnel_type_name() - as in TSP, lease files and templates; NULL: no tunnel, no type */
const char *tunnel_type_name(uint32_t type)
{
	return type < TUNNEL_TYPES ? names[type] : NULL;
}

/** tunnel_type_by_name() - the type of a name; TUNNEL_NONE for any other, and for NULL */
enum tunnel_type tunnel_type_by_name(const char *name)
{
	uint32_t i;

	for (i = TUNNEL_NONE + 1; name && i < TUNNEL_TYPES; i++) {
		if (!strcmp(names[i], name))
			return (enum tunnel_type)i;
	}
	return TUNNEL_NONE;
}
