/* SPDX-License-Identifier: MIT */
/* listing.h - ask the template which tunnels there are (tsp-template(7), "# TSP-List:") */
#ifndef TUNNEL_LISTING_H
#define TUNNEL_LISTING_H

#include "alloc/pool.h"
#include "lib/config.h"
#include "lib/endpoint.h"
#include "tunnel/traffic.h"

/** struct listed - a tunnel that the template has listed */
struct listed {
	enum pool_kind pool;
	uint32_t number; /* of its lease */
	struct endpoint client;
	struct in_addr server; /* this machine's end; 0.0.0.0: the line does not say */
	uint32_t line;         /* of the list, from 0 */
};

/**
 * struct listing - all of them; all zero: empty
 * @items:	Tunnels
 * @traffics:	Their counters, by listed.line; NULL: not asked for
 */
struct listing {
	struct listed *items;
	struct traffic *traffics;
	size_t count, size;
};

int listing_read(const struct config *config, bool counters, struct listing *out);
int listing_compare(const struct listed *a, const struct listed *b);
const struct listed *listing_find(const struct listing *l, enum pool_kind pool,
				  uint32_t number);
void listing_free(struct listing *l);

#endif
