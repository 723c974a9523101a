/* SPDX-License-Identifier: MIT */
/* tunnel_name.c - the DNS name of a user's tunnel */
#include "lib/tunnel_name.h"

#include <stdio.h>

#include "lib/parse.h"

/**
 * tunnel_name_make() - the DNS name of a user's tunnel, userid.domain
 * @id:		User id
 * @domain:	[server] domain; empty: tunnels have no names
 * @out:	Result; empty if there is no domain or the name would be invalid
 *
 * User ids may contain characters that names may not, as in mail addresses.
 *
 * Return: 0; -1 for a name that would be invalid
 */
int tunnel_name_make(const char *id, const char *domain, char out[TUNNEL_NAME_MAX])
{
	out[0] = '\0';
	if (!*domain)
		return 0;
	snprintf(out, TUNNEL_NAME_MAX, "%s.%s", id, domain);
	if (parse_is_domain(out))
		return 0;
	out[0] = '\0';
	return -1;
}
