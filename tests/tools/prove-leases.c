// SPDX-License-Identifier: MIT
/*
 * prove-leases.c - as if the secret of every lease had come back through its tunnel
 *
 * usage: prove-leases CONFIGURATION [MINUTES]; exit status 1: one could not be changed
 *
 * All claimed leases become present. With MINUTES all leases become claimed instead, and
 * were last heard MINUTES ago, like clients that fell silent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "alloc/store.h"
#include "lib/config.h"

static int silence(struct store *store, struct store_claim *c, time_t heard)
{
	int r;

	c->lease.state = LEASE_CLAIMED;
	c->lease.tunnel.heard = heard;
	r = store_lock(store);
	if (!r) {
		r = table_write(&store->tables[c->pool], &c->lease);
		store_unlock(store);
	}
	store_let_go(store, c);
	return r;
}

static int change(struct store *store, struct store_claim *c, const char *minutes)
{
	if (!lease_is_active(&c->lease, time(NULL))) {
		store_let_go(store, c);
		return 0;
	}
	if (!minutes)
		return store_prove(store, c);
	return silence(store, c, time(NULL) - atol(minutes) * 60);
}

/** change_all() - every lease of a pool; 0, or -1 if one could not be changed */
static int change_all(struct store *store, enum pool_kind kind, const char *minutes)
{
	enum store_result r;
	struct store_claim c;
	uint32_t number;

	for (number = 1; number <= store->tables[kind].capacity; number++) {
		r = store_claim_number(store, kind, number, &c);
		if (r == STORE_NO_LEASE)
			continue;
		if (r != STORE_OK || change(store, &c, minutes))
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct config config;
	struct store store;

	if (argc < 2 || argc > 3) {
		fputs("usage: prove-leases CONFIGURATION [MINUTES]\n", stderr);
		return 100;
	}
	if (config_load(argv[1], &config) || store_open(&store, &config))
		return 111;
	POOL_EACH(kind) {
		if (store.tables[kind].fd >= 0 &&
		    change_all(&store, kind, argc > 2 ? argv[2] : NULL))
			return 1;
	}
	store_close(&store);
	return 0;
}
