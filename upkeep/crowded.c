/* SPDX-License-Identifier: MIT */
/*
 * crowded.c - in a pool that fills up, silent clients of crowded networks give way
 *
 * One network could fill the anonymous pool with leases that nobody uses. So in a pool that
 * is over half full, each lease granted in the last minute makes another one end: in the /24
 * with most leases, the lease whose client has been silent longest. Leases of present clients
 * stay, and all leases stay while half of the pool is free.
 */
#include "upkeep/crowded.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/array.h"
#include "lib/log.h"

#define FRESH_SECONDS 60 /* as often as tspctl expire runs */

/** struct dweller - an active anonymous lease */
struct dweller {
	uint32_t net; /* its /24 */
	uint32_t number;
	bool present;
	time_t since; /* last heard, or granted */
	time_t expires;
};

/** struct network - a /24: dwellers first to first + count, silent ones first */
struct network {
	size_t first, count, gone;
};

/** struct crowd - crowded_collect() under way */
struct crowd {
	struct store *store;
	struct dweller *dwellers;
	size_t count, size;
	size_t fresh; /* of them were granted in the last minute */
	struct network *networks;
	size_t network_count;
};

/** add_dweller() - table_visitor() */
static int add_dweller(uint32_t number, const struct lease *lease, const char *why,
		       void *context)
{
	struct crowd *c = context;
	const struct lease_tunnel *t = lease ? &lease->tunnel : NULL;
	time_t now = c->store->now();
	struct dweller *more;

	(void)why;
	if (!lease || !lease_is_active(lease, now))
		return 0;
	more = array_room(c->dwellers, c->count, &c->size, sizeof(*more));
	if (!more)
		return -1;
	c->dwellers = more;
	c->dwellers[c->count++] =
		(struct dweller){.net = ntohl(t->endpoint.addr.s_addr) >> 8,
				 .number = number,
				 .present = lease_is_present(lease, now),
				 .since = t->heard ? t->heard : t->granted,
				 .expires = t->expires};
	c->fresh += now - t->granted < FRESH_SECONDS;
	return 0;
}

/** by_network() - sort by network, then silent ones first, then by how long */
static int by_network(const void *a, const void *b)
{
	const struct dweller *x = a, *y = b;

	if (x->net != y->net)
		return x->net < y->net ? -1 : 1;
	if (x->present != y->present)
		return x->present ? 1 : -1;
	return (x->since > y->since) - (x->since < y->since);
}

/** find_networks() - group the dwellers; 0, or -1 with errno */
static int find_networks(struct crowd *c)
{
	size_t i;

	qsort(c->dwellers, c->count, sizeof(*c->dwellers), by_network);
	c->networks = calloc(c->count, sizeof(*c->networks));
	if (!c->networks)
		return -1;
	for (i = 0; i < c->count; i++) {
		if (!i || c->dwellers[i].net != c->dwellers[i - 1].net)
			c->networks[c->network_count++].first = i;
		c->networks[c->network_count - 1].count++;
	}
	return 0;
}

/** longest_silent() - the next dweller of a network to go; NULL: only present ones are left */
static const struct dweller *longest_silent(const struct crowd *c,
					    const struct network *n)
{
	const struct dweller *d = &c->dwellers[n->first + n->gone];

	return n->gone < n->count && !d->present ? d : NULL;
}

/** next_to_go() - longest silent client of the network with most leases; NULL: none is silent */
static const struct dweller *next_to_go(struct crowd *c)
{
	struct network *n = c->networks, *most = NULL;
	const struct dweller *d, *next = NULL;
	size_t i;

	for (i = 0; i < c->network_count; i++, n++) {
		d = longest_silent(c, n);
		if (!d || (most && n->count - n->gone <= most->count - most->gone))
			continue;
		most = n;
		next = d;
	}
	if (most)
		most->gone++;
	return next;
}

/** choose() - list @wanted dwellers; 0, or -1 with errno, logged */
static int choose(struct crowd *c, size_t wanted, struct worklist *list, unsigned mark)
{
	const struct dweller *d;

	while (wanted-- && (d = next_to_go(c))) {
		if (worklist_add(list, POOL_ANONYMOUS, d->number, mark, d->expires))
			return -1;
	}
	return 0;
}

/** collect() - crowded_collect() with memory for it */
static int collect(struct crowd *c, struct worklist *list, unsigned mark)
{
	struct table *t = &c->store->tables[POOL_ANONYMOUS];
	size_t over;

	if (table_each(t, add_dweller, c))
		return -1;
	if (c->count <= t->capacity / 2)
		return 0;
	over = c->count - t->capacity / 2;
	if (find_networks(c))
		return -1;
	return choose(c, c->fresh < over ? c->fresh : over, list, mark);
}

/**
 * crowded_collect() - list leases that give way, of a pool that is over half full
 * @store:	Store
 * @list:	They are added
 * @mark:	Mark of theirs
 *
 * Return: 0; -1 with errno, logged
 */
int crowded_collect(struct store *store, struct worklist *list, unsigned mark)
{
	struct crowd c = {.store = store};
	int r;

	if (store->tables[POOL_ANONYMOUS].fd < 0)
		return 0;
	r = collect(&c, list, mark);
	if (r)
		log_msg(LOG_ERR, "crowded networks: %m");
	free(c.dwellers);
	free(c.networks);
	return r;
}
