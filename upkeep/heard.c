/* SPDX-License-Identifier: MIT */
/*
 * heard.c - extend the leases of clients that were heard, and find silent ones
 *
 * Each minute, of all active leases:
 *
 *	1. A template that declares TSP-Proof says when each client was heard.
 *	2. Clients that were not heard for a minute are pinged: from the keepalive address of the
 *	   tunnel, and the template is asked again; or without TSP-Proof from the server's end,
 *	   and their replies come here.
 *	3. A client that was heard within two minutes is present, and the lifetime of its lease
 *	   counts from then. Any other client is not present, and keeps its lease until that
 *	   expires.
 *
 * Received packets alone extend nothing: addresses can be guessed and packets forged. A lease
 * stays unchanged if nothing is known of its client: its counters cannot be read, or a run
 * without TSP-Proof sends no pings.
 */
#include "upkeep/heard.h"

#include <stdlib.h>

#include "lib/keepalive.h"
#include "lib/log.h"
#include "tunnel/event.h"
#include "tunnel/modes.h"
#include "upkeep/counters.h"

#define PING_AFTER 60   /* seconds without a proof */
#define PATIENCE   1000 /* milliseconds for replies */
#define BURST      128  /* pings, then a pause */
#define PAUSE      4    /* milliseconds */
#define ROUNDS     2    /* of pings whose replies come here */

/** struct client - a lease, and when its secret was heard */
struct client {
	enum pool_kind pool;
	uint32_t number;
	bool known; /* it is known whether it was heard */
	bool pinged;
	time_t heard; /* 0: never */
};

/** struct heard - heard_update() under way */
struct heard {
	struct files *files;
	const struct pings *pings; /* NULL: none are sent */
	bool proof;                /* the template hears secrets */
	struct client *clients;
	size_t count;
	size_t *again; /* those that are asked once more; NULL: all */
	bool failed;
};

static time_t now_of(const struct heard *h)
{
	return h->files->store.now();
}

/** note() - counters_answer(): what the template says of a client */
static void note(void *context, size_t item, const struct lease *lease,
		 const struct traffic *traffic)
{
	struct heard *h = context;
	struct client *c = &h->clients[h->again ? h->again[item] : item];
	time_t heard;

	if (!traffic || !traffic->known[TRAFFIC_PROOF_PACKETS] || !lease->tunnel.secret)
		return;
	heard = traffic_heard(traffic, now_of(h));
	c->known = true;
	if (heard > c->heard)
		c->heard = heard;
}

/** on_reply() - pings_heard(): a client has answered here */
static void on_reply(void *context, uint32_t number)
{
	struct heard *h = context;

	if (number < h->count && !h->proof)
		h->clients[number].heard = now_of(h);
}

/** look() - read the lease of a client; false: it is not active */
static bool look(const struct heard *h, const struct client *c, struct lease *out)
{
	struct store *store = &h->files->store;

	if (table_look(&store->tables[c->pool], c->number, out))
		return false;
	lease_settle(out);
	return lease_is_active(out, store->now());
}

/** ping() - ping one client; false: it cannot be pinged */
static bool ping(const struct heard *h, size_t i)
{
	const struct client *c = &h->clients[i];
	const struct config *config = h->files->store.config;
	struct pool_addresses a;
	struct lease lease;

	if (!look(h, c, &lease))
		return false;
	pool_addresses_of(config, c->pool, c->number, &lease.tunnel, &a);
	if (h->proof && keepalive_address(config, lease.tunnel.secret, &a.server))
		return false;
	return !pings_send(h->pings, &a.server, &a.client, (uint32_t)i);
}

/** is_due() - a client should be pinged */
static bool is_due(const struct heard *h, const struct client *c)
{
	return (c->known || !h->proof) && now_of(h) - c->heard >= PING_AFTER;
}

/** ping_due() - ping all due clients and wait for replies; returns how many were pinged */
static size_t ping_due(struct heard *h)
{
	size_t i, sent = 0;

	for (i = 0; i < h->count; i++) {
		struct client *c = &h->clients[i];

		if (!is_due(h, c) || !ping(h, i))
			continue;
		c->pinged = true;
		if (!h->proof)
			c->known = true;
		if (++sent % BURST == 0)
			pings_hear(h->pings, PAUSE, on_reply, h);
	}
	if (sent)
		pings_hear(h->pings, PATIENCE, on_reply, h);
	return sent;
}

/** ask_again() - ask the template again about the clients that were pinged */
static enum upkeep_result ask_again(struct heard *h, size_t pinged, unsigned jobs)
{
	struct worklist list = {.items = NULL};
	enum upkeep_result r = UPKEEP_ERROR;
	size_t i, n = 0;

	h->again = calloc(pinged, sizeof(*h->again));
	for (i = 0; h->again && i < h->count && n < pinged; i++) {
		const struct client *c = &h->clients[i];

		if (!c->pinged)
			continue;
		if (worklist_add(&list, c->pool, c->number, 0, 0))
			break;
		h->again[n++] = i;
	}
	if (n == pinged)
		r = counters_ask(h->files, &list, jobs, note, h);
	worklist_free(&list);
	free(h->again);
	h->again = NULL;
	return r;
}

/** ask_all() - find out which clients were heard, with pings where needed */
static enum upkeep_result ask_all(struct heard *h, struct worklist *list, unsigned jobs)
{
	enum upkeep_result r =
		h->proof ? counters_ask(h->files, list, jobs, note, h) : UPKEEP_OK;
	size_t pinged, round;

	if (r != UPKEEP_OK || !h->pings)
		return r;
	pinged = ping_due(h);
	if (h->proof)
		return pinged ? ask_again(h, pinged, jobs) : UPKEEP_OK;
	for (round = 1; pinged && round < ROUNDS; round++)
		pinged = ping_due(h);
	return UPKEEP_OK;
}

/** prove() - a claimed lease becomes present */
static int prove(const struct heard *h, const struct client *c)
{
	struct store *store = &h->files->store;
	struct store_claim claim;

	switch (store_claim_number(store, c->pool, c->number, &claim)) {
	case STORE_OK:
		break;
	case STORE_ERROR:
		return -1;
	default:
		return 0;
	}
	if (store_prove(store, &claim))
		return -1;
	if (claim.before.state == LEASE_CLAIMED && claim.lease.state == LEASE_PRESENT)
		event_presence(store->config, c->pool, &claim.lease);
	return 0;
}

/** extend() - a present lease is extended; an event once per lifetime */
static int extend(const struct heard *h, const struct client *c,
		  const struct lease *before)
{
	struct store *store = &h->files->store;
	struct store_ref ref = {c->pool, *before};
	time_t lifetime = (time_t)store->config->lifetime_minutes * 60,
	       granted = before->tunnel.granted;
	int r = store_extend(store, &ref, c->heard);

	if (r == 1 &&
	    (c->heard - granted) / lifetime > (before->tunnel.heard - granted) / lifetime)
		event_lease(store->config, EVENT_EXTENDED, c->pool, &ref.lease,
			    "still has");
	return r < 0 ? -1 : 0;
}

/** silence() - a present client is not heard any more; c->heard may be 0 */
static int silence(const struct heard *h, const struct client *c,
		   const struct lease *before)
{
	struct store *store = &h->files->store;
	struct store_ref ref = {c->pool, *before};
	int r = store_silence(store, &ref, c->heard);

	if (r == 1)
		event_presence(store->config, c->pool, &ref.lease);
	return r < 0 ? -1 : 0;
}

/** apply() - write what is known of a client into its lease; -1: that failed */
static int apply(const struct heard *h, const struct client *c)
{
	time_t now = now_of(h);
	struct lease lease;

	if (!c->known || !look(h, c, &lease))
		return 0;
	if (c->heard && now - c->heard < LEASE_PRESENCE_SECONDS)
		return lease.state == LEASE_CLAIMED ? prove(h, c) : extend(h, c, &lease);
	if (lease.state != LEASE_PRESENT ||
	    now - lease.tunnel.heard < LEASE_PRESENCE_SECONDS)
		return 0;
	return silence(h, c, &lease);
}

/** run() - with the list of all active leases */
static enum upkeep_result run(struct heard *h, struct worklist *list, unsigned jobs)
{
	enum upkeep_result r;
	size_t i;

	h->count = list->count;
	h->clients = calloc(h->count, sizeof(*h->clients));
	if (!h->clients) {
		log_msg(LOG_ERR, "%m");
		return UPKEEP_ERROR;
	}
	for (i = 0; i < h->count; i++)
		h->clients[i] = (struct client){.pool = list->items[i].pool,
						.number = list->items[i].number};
	r = ask_all(h, list, jobs);
	for (i = 0; r == UPKEEP_OK && i < h->count; i++)
		h->failed |= apply(h, &h->clients[i]) != 0;
	free(h->clients);
	if (r == UPKEEP_OK && store_sync(&h->files->store))
		h->failed = true;
	return r == UPKEEP_OK && h->failed ? UPKEEP_INCOMPLETE : r;
}

/** is_of_use() - true if the server can tell which clients are heard */
static bool is_of_use(const struct heard *h)
{
	const struct config *config = h->files->store.config;
	struct prefix6 network;
	bool shared;

	if (!h->proof)
		return h->pings;
	return config->keepalive_seconds && !keepalive_prefix(config, &network, &shared);
}

/**
 * heard_update() - extend the leases of clients that were heard, and find silent ones
 * @f:		Files, open to be changed
 * @jobs:	As in counters_ask()
 * @pings:	From pings_open(); NULL: send none
 *
 * Return: enum upkeep_result
 */
enum upkeep_result heard_update(struct files *f, unsigned jobs, const struct pings *pings)
{
	struct heard h = {.files = f,
			  .pings = pings,
			  .proof = modes_proof_declared(f->store.config->template)};
	struct worklist list = {.items = NULL};
	enum upkeep_result r = UPKEEP_OK;

	if (!is_of_use(&h))
		return UPKEEP_OK;
	if (worklist_collect(&list, &f->store, worklist_add_active))
		r = UPKEEP_ERROR;
	else if (list.count)
		r = run(&h, &list, jobs);
	worklist_free(&list);
	return r;
}
