/* SPDX-License-Identifier: MIT */
/* pool.h - pool arithmetic: from a lease to its addresses and back */
#ifndef ALLOC_POOL_H
#define ALLOC_POOL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/endpoint.h"
#include "lib/prefix.h"

struct lease_tunnel;

/** enum pool_kind - the two pools; the value also orders their locks */
enum pool_kind { POOL_USERS, POOL_ANONYMOUS, POOL_KINDS };

#define POOL_ANY POOL_KINDS /* all pools */

/** POOL_EACH - a loop over both pools, in the order of their locks */
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a name that is declared */
#define POOL_EACH(kind) for (enum pool_kind kind = POOL_USERS; kind < POOL_KINDS; kind++)

/** struct pool_ranges - address ranges of a pool, on which its leases depend */
struct pool_ranges {
	struct prefix6 link;   /* len 0: not recorded */
	struct prefix6 prefix; /* len 0: no prefixes are delegated */
	uint8_t delegate;      /* length of a delegated prefix; 0 without @prefix */
};

/** struct pool_addresses - the IPv6 side of a tunnel */
struct pool_addresses {
	struct in6_addr server;
	struct in6_addr client;
	struct prefix6 prefix; /* len 0: a host, nothing is delegated */
};

/** struct pool_match - lease that an IPv6 address of a pool belongs to */
struct pool_match {
	enum pool_kind kind;
	uint32_t number;          /* users: lease number */
	struct endpoint endpoint; /* anonymous: the client's IPv4 endpoint */
};

const char *pool_name(enum pool_kind kind);
int pool_parse(const char *text, enum pool_kind *out);
const struct pool_config *pool_config(const struct config *config, enum pool_kind kind);
struct pool_ranges pool_ranges(const struct config *config, enum pool_kind kind);
int pool_path(const struct config *config, enum pool_kind kind, char out[PATH_MAX]);
void pool_users_addresses(const struct pool_config *pool, uint32_t number,
			  uint8_t prefix_len, struct pool_addresses *out);
void pool_anonymous_addresses(const struct pool_config *pool,
			      const struct endpoint *endpoint,
			      struct pool_addresses *out);
void pool_addresses_of(const struct config *config, enum pool_kind kind, uint32_t number,
		       const struct lease_tunnel *tunnel, struct pool_addresses *out);
bool pool_find(const struct config *config, const struct in6_addr *address,
	       struct pool_match *out);

#endif
