/* SPDX-License-Identifier: MIT */
/* listing.h - ask the template which tunnels there are (tsp-template(7), "# TSP-List:") */
#ifndef TUNNEL_LISTING_H
#define TUNNEL_LISTING_H

#include "alloc/pool.h"
#include "lib/config.h"
#include "lib/endpoint.h"

/** struct listed - a tunnel that the template has listed */
struct listed {
	enum pool_kind pool;
	uint32_t number; /* of its lease */
	struct endpoint client;
};

/** struct listing - all of them; all zero: empty */
struct listing {
	struct listed *items;
	size_t count, size;
};

int listing_read(const struct config *config, struct listing *out);
void listing_free(struct listing *l);

#endif
