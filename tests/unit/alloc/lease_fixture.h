/* SPDX-License-Identifier: MIT */
/* lease_fixture.h - a lease that is offered, and one that is accepted */
#ifndef LEASE_FIXTURE_H
#define LEASE_FIXTURE_H

#include <string.h>

#include "alloc/lease.h"
#include "lib/addr.h"

#define T0 1795445130 /* 2026-11-23T14:45:30Z */

#define KEY "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdE="

static inline struct lease offered(void)
{
	struct lease l = {
		.number = 4711,
		.state = LEASE_OFFERED,
		.owner = "alice@example.net",
		.tunnel = {.mode = TUNNEL_V6V4,
			   .prefix_len = 56,
			   .maybe_up = true,
			   .slot = 65535,
			   .granted = T0,
			   .expires = T0 + 60,
			   .secret = 0x123456789abcdef0,
			   .key = KEY},
		.before_state = LEASE_PRESENT,
		.before = {.mode = TUNNEL_V6UDPV4,
			   .endpoint.port = 40000,
			   .granted = T0 - 7200,
			   .expires = T0 + 79200,
			   .heard = T0 - 30,
			   .secret = 1},
	};

	addr_parse4("192.0.2.7", &l.tunnel.endpoint.addr);
	addr_parse4("192.0.2.1", &l.tunnel.server);
	addr_parse4("198.51.100.200", &l.before.endpoint.addr);
	return l;
}

static inline struct lease active(void)
{
	struct lease l = offered();

	l.state = LEASE_PRESENT;
	l.before_state = LEASE_FREE;
	memset(&l.before, 0, sizeof(l.before));
	return l;
}

#endif
