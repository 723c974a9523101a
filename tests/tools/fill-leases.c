// SPDX-License-Identifier: MIT
/*
 * fill-leases.c - write leases into an allocation file, as if sessions had accepted them
 *
 * usage: fill-leases FILE CAPACITY FIRST COUNT [STATE [GRANTED [EXPIRES [LENGTH [USER
 *	[IPV4]]]]]]
 *
 * FILE is NAME.leases, NAME being the pool; it is made with CAPACITY leases when it is
 * missing. Leases FIRST to FIRST + COUNT - 1 become STATE (active, expired, offered, or
 * update: an offer beside the tunnel that was accepted before), granted GRANTED seconds
 * ago (60), not heard since, and to expire EXPIRES seconds from now (86400; "-60": a minute ago). Lease N
 * belongs to user "userN" and ends at 10.0.0.0 + N; its prefix is LENGTH bits long (56; 0:
 * none). An anonymous one ends at 11.0.0.0 + N. USER and IPV4 make a lease that contradicts
 * another one, as no session does; IPV4:PORT makes one of IPv6 in UDP.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc/index.h"
#include "alloc/table.h"
#include "lib/log.h"
#include "lib/endpoint.h"
#include "lib/addr.h"

/** struct wish - the arguments */
struct wish {
	const char *state;
	long granted, expires;
	unsigned prefix_len;
	const char *user, *ipv4; /* NULL: by the number */
};

static struct lease_tunnel make_tunnel(const struct wish *wish, bool users, uint32_t n)
{
	struct endpoint end = {.port = 0};
	uint32_t net = users ? 0x0a000000 : 0x0b000000;
	time_t now = time(NULL);

	if (!wish->ipv4 || endpoint_parse(wish->ipv4, &end))
		end.addr.s_addr = htonl(net + n);
	return (struct lease_tunnel){
		.mode = end.port ? TUNNEL_V6UDPV4 : TUNNEL_V6V4,
		.endpoint = end,
		.prefix_len = users ? (uint8_t)wish->prefix_len : 0,
		.maybe_up = strcmp(wish->state, "expired") != 0,
		.granted = now - wish->granted,
		.expires = now + wish->expires,
		.heard = now - wish->granted,
		.secret = 0x5ec0000 + n,
	};
}

static struct lease make_lease(const struct wish *wish, bool users, uint32_t n)
{
	struct lease lease = {.number = n, .tunnel = make_tunnel(wish, users, n)};

	if (!strcmp(wish->state, "update")) {
		lease.before = lease.tunnel;
		lease.before_state = LEASE_PRESENT;
		lease.tunnel.endpoint.addr.s_addr ^= htonl(0x00800000);
	}
	if (!strcmp(wish->state, "active"))
		lease.state = LEASE_PRESENT;
	else
		lease.state =
			strcmp(wish->state, "expired") ? LEASE_OFFERED : LEASE_EXPIRED;
	if (wish->user)
		snprintf(lease.owner, sizeof(lease.owner), "%s", wish->user);
	else if (users)
		snprintf(lease.owner, sizeof(lease.owner), "user%u", n);
	else
		endpoint_format(&lease.tunnel.endpoint, lease.owner);
	return lease;
}

static int fill(struct table *t, const struct wish *wish, uint32_t first, uint32_t count)
{
	struct lease lease;
	uint32_t i;

	for (i = 0; i < count; i++) {
		lease = make_lease(wish, t->kind == POOL_USERS, first + i);
		if (index_add(t, &lease) || table_write(t, &lease))
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct wish wish = {"active", 60, 86400, 56, NULL, NULL};
	const char *base;
	struct table table;
	enum pool_kind kind;
	int r;

	log_open("fill-leases", false);
	if (argc < 5 || argc > 11) {
		fputs("usage: fill-leases FILE CAPACITY FIRST COUNT "
		      "[STATE [GRANTED [EXPIRES [LENGTH [USER [IPV4]]]]]]\n",
		      stderr);
		return 100;
	}
	if (argc > 5)
		wish.state = argv[5];
	if (argc > 6)
		wish.granted = atol(argv[6]);
	if (argc > 7)
		wish.expires = atol(argv[7]);
	if (argc > 8)
		wish.prefix_len = (unsigned)atol(argv[8]);
	if (argc > 9)
		wish.user = argv[9];
	if (argc > 10)
		wish.ipv4 = argv[10];
	base = strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1];
	kind = strcmp(base, "users.leases") ? POOL_ANONYMOUS : POOL_USERS;

	if (table_create(argv[1], kind, (uint32_t)atol(argv[2]), NULL) ||
	    table_open(&table, argv[1], kind) || table_lock(&table))
		return 1;
	r = fill(&table, &wish, (uint32_t)atol(argv[3]), (uint32_t)atol(argv[4]));
	table_close(&table);
	return r ? 1 : 0;
}
