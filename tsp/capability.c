/* SPDX-License-Identifier: MIT */
/* capability.c - the answer to VERSION (RFC 5572, 4.3) */
#include "tsp/capability.h"

#include "lib/config.h"

/**
 * capability_write() - write the line that tells a client what is served
 * @out:	Result
 * @mechanisms:	Set of enum mechanism
 * @v6udpv4:	IPv6-in-UDP tunnels are served on this connection
 */
void capability_write(struct buf *out, unsigned mechanisms, bool v6udpv4)
{
	static const enum mechanism order[] = {MECHANISM_ANONYMOUS, MECHANISM_PLAIN,
					       MECHANISM_DIGEST_MD5};
	size_t i;

	buf_text(out, "CAPABILITY TUNNEL=V6V4");
	if (v6udpv4)
		buf_text(out, " TUNNEL=V6UDPV4");
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (mechanisms & order[i])
			buf_printf(out, " AUTH=%s", mechanism_name(order[i]));
	}
	buf_text(out, "\r\n");
}
