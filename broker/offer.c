/* SPDX-License-Identifier: MIT */
/*
 * offer.c - from a grant to a tunnel that is up, and back again
 *
 * Order is everything here. The lease is claimed first, so that nobody else works on it.
 * Then the tunnels in the way come down (the client's own old one, those of displaced
 * leases), the new one is built while the claim reaches the disk: only then does the
 * client hear 200. Whatever fails, and whenever the client goes without accepting,
 * offer_withdraw() walks the same way back: new tunnel down, old ones up again, lease as
 * it was. A broker that is killed leaves an offered lease without holder, which the next
 * one to come across it settles (alloc/lease.h).
 */
#include "broker/offer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "broker/template.h"
#include "lib/log.h"

/** struct names - texts a struct log_fields points to */
struct names {
	char address[INET6_ADDRSTRLEN];
	char prefix[PREFIX6_TEXT_LEN];
};

/** fields_of() - a tunnel's fields for the log; they point into @t, @b and @names */
static struct log_fields fields_of(const struct broker *b, const struct tunnel *t,
				   struct names *names)
{
	struct log_fields f = {
		.peer = b->peer->text,
		.user = *t->user ? t->user : NULL,
		.address = names->address,
		.prefix = t->ipv6.prefix.len ? names->prefix : NULL,
		.pool = pool_name(t->pool),
		.lease = t->number,
	};

	inet_ntop(AF_INET6, &t->ipv6.client, names->address, sizeof(names->address));
	prefix6_format(&t->ipv6.prefix, names->prefix);
	return f;
}

/** report() - "what happened" to tunnel @t, for people and for the journal's fields */
static void report(struct broker *b, enum log_event_id id, int priority,
		   const struct tunnel *t, const char *what)
{
	struct names names;
	struct log_fields f = fields_of(b, t, &names);

	log_event(id, priority, &f, "%s %s: %s %s%s%s (%s lease %u)", f.peer,
		  f.user ? f.user : "anonymous", what, f.address, f.prefix ? " and " : "",
		  f.prefix ? f.prefix : "", f.pool, f.lease);
	if (priority <= LOG_INFO)
		b->reported = true;
}

static const char *owner_of(const struct broker *b)
{
	return b->sasl ? sasl_user(b->sasl) : NULL;
}

static enum pool_kind pool_of(const struct broker *b)
{
	return owner_of(b) ? POOL_USERS : POOL_ANONYMOUS;
}

/** open_store() - once a session, and only when it is needed; 0 or -1, already logged */
static int open_store(struct broker *b)
{
	if (!b->store_open && store_open(&b->store, b->config))
		return -1;
	b->store_open = true;
	return 0;
}

static enum status status_of(enum store_result result)
{
	switch (result) {
	case STORE_OK:
		return STATUS_SUCCESS;
	case STORE_FULL:
		return STATUS_NO_TUNNELS;
	case STORE_IN_USE:
		return STATUS_IPV4_IN_USE;
	case STORE_CLAIMED:
		return STATUS_IN_PROGRESS;
	case STORE_NO_LEASE:
		/* The RFC has no status for "info" or "delete" of nothing */
		return STATUS_BAD_REQUEST;
	case STORE_ERROR:
		break;
	}
	return STATUS_BUSY;
}

/** describe() - tunnel_describe() with this session's server address */
static void describe(const struct broker *b, enum pool_kind pool,
		     const struct lease *lease, const struct lease_tunnel *part,
		     struct tunnel *out)
{
	tunnel_describe(b->config, pool, lease, part, b->peer->server, out);
}

/** same_tunnel() - building the one again gives the other */
static bool same_tunnel(const struct lease_tunnel *a, const struct lease_tunnel *b)
{
	return a->mode == b->mode && endpoint_equal(&a->endpoint, &b->endpoint) &&
	       a->prefix_len == b->prefix_len;
}

/**
 * take_down() - whatever the kernel may have of a lease
 * @b:		Broker
 * @pool:	The lease's pool
 * @lease:	The lease as its line says; one that was ended has no tunnel any more, one
 *		that ran out, or whose session died, may have
 * @keep:	Tunnel to spare; NULL: none
 */
static void take_down(struct broker *b, enum pool_kind pool, const struct lease *lease,
		      const struct lease_tunnel *keep)
{
	const struct lease_tunnel *const parts[] = {&lease->tunnel, &lease->before};
	struct tunnel old;
	size_t i;

	if (lease->state != LEASE_ACTIVE && lease->state != LEASE_OFFERED)
		return;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i]->mode == LEASE_NO_MODE ||
		    (keep && same_tunnel(parts[i], keep)))
			continue;
		describe(b, pool, lease, parts[i], &old);
		template_run(b->config, TEMPLATE_TEARDOWN, &old, NULL);
	}
}

/** in_force() - the lease as it counts without any session: true when it has a tunnel */
static bool in_force(const struct lease *lease, struct lease *out)
{
	*out = *lease;
	lease_settle(out);
	return lease_is_active(out, time(NULL));
}

/** build_again() - the tunnel of a lease that is in force; nothing for any other */
static void build_again(struct broker *b, enum pool_kind pool, const struct lease *lease)
{
	struct lease settled;
	struct tunnel old;

	if (!in_force(lease, &settled))
		return;
	describe(b, pool, &settled, &settled.tunnel, &old);
	template_run(b->config, TEMPLATE_CREATION, &old, NULL);
}

/** clear_the_way() - take down what the new tunnel would collide with */
static void clear_the_way(struct broker *b)
{
	struct store_claim *c = &b->claim;
	size_t i;

	for (i = 0; i < c->displaced_count; i++)
		take_down(b, c->displaced[i].pool, &c->displaced[i].lease, NULL);
	take_down(b, c->pool, &c->before, &c->lease.tunnel);
}

/** bring_back() - new tunnel down; what stood in its way comes back */
static void bring_back(struct broker *b)
{
	struct store_claim *c = &b->claim;
	struct lease settled;
	size_t i;

	/* An update that changed nothing has nothing to undo: building it again is the
	 * repair, whatever a failed template left */
	if (!in_force(&c->before, &settled) ||
	    !same_tunnel(&settled.tunnel, &c->lease.tunnel))
		template_run(b->config, TEMPLATE_TEARDOWN, &b->tunnel, NULL);
	build_again(b, c->pool, &c->before);
	for (i = 0; i < c->displaced_count; i++)
		build_again(b, c->displaced[i].pool, &c->displaced[i].lease);
}

/**
 * build() - the new tunnel up and its claim on the disk, both at the same time
 *
 * Return: STATUS_SUCCESS; else the offer is withdrawn
 */
static enum status build(struct broker *b)
{
	struct template_run run;
	bool stored, built;

	built = !template_start(&run, b->config, TEMPLATE_CREATION, &b->tunnel, NULL);
	stored = !store_sync(&b->store);
	built = built && !template_finish(&run);
	if (built && stored)
		return STATUS_SUCCESS;

	offer_withdraw(b, built ? "the lease could not be stored for"
				: "the template failed for");
	return built ? STATUS_BUSY : STATUS_SERVER_ERROR;
}

/**
 * offer_make() - claim a lease and build its tunnel
 * @b:		Broker, in BROKER_COMMAND
 * @grant:	What the policy allows
 *
 * Return: STATUS_SUCCESS with b->claim held and b->tunnel up; any other status with
 * everything as it was before
 */
enum status offer_make(struct broker *b, const struct policy_grant *grant)
{
	struct store_wish wish = {
		.pool = pool_of(b),
		.owner = owner_of(b),
		.endpoint = grant->endpoint,
		.mode = grant->mode,
		.prefix_len = grant->prefix_len,
	};
	enum status status;

	if (open_store(b))
		return STATUS_BUSY;
	status = status_of(store_claim(&b->store, &wish, &b->claim));
	if (status != STATUS_SUCCESS)
		return status;

	describe(b, b->claim.pool, &b->claim.lease, &b->claim.lease.tunnel, &b->tunnel);
	/* What the template is told is the time that accept will grant */
	b->tunnel.expires = time(NULL) + (time_t)b->config->lifetime_minutes * 60;
	clear_the_way(b);
	status = build(b);
	if (status != STATUS_SUCCESS)
		return status;
	report(b, EVENT_OFFERED, LOG_DEBUG, &b->tunnel, "is offered");
	return STATUS_SUCCESS;
}

/**
 * offer_accept() - the client holds the lease from now on
 *
 * Return: STATUS_SUCCESS; STATUS_BUSY when that could not be stored, with everything as
 * it was before
 */
enum status offer_accept(struct broker *b)
{
	size_t i;

	if (store_accept(&b->store, &b->claim)) {
		offer_withdraw(b, "the lease could not be stored for");
		return STATUS_BUSY;
	}
	for (i = 0; i < b->claim.displaced_count; i++) {
		struct store_ref *d = &b->claim.displaced[i];
		struct tunnel old;

		describe(b, d->pool, &d->lease, &d->lease.tunnel, &old);
		report(b, EVENT_ENDED, LOG_INFO, &old, "took the place of");
	}
	report(b, EVENT_ACCEPTED, LOG_INFO, &b->tunnel, "has");
	return STATUS_SUCCESS;
}

/**
 * offer_withdraw() - the offer is off: tunnels and lease as they were before
 * @b:		Broker with a held claim
 * @why:	What happened, for the log, in front of the address
 */
void offer_withdraw(struct broker *b, const char *why)
{
	bring_back(b);
	report(b, EVENT_WITHDRAWN, LOG_INFO, &b->tunnel, why);
	if (store_put_back(&b->store, &b->claim))
		log_msg(LOG_ERR, "%s lease %u could not be put back: %m",
			pool_name(b->claim.pool), b->claim.lease.number);
}

/**
 * anonymous_owner() - the leases of an anonymous client go by its IPv4 address
 * @text:	Room for it
 */
static const char *anonymous_owner(const struct broker *b, char text[ENDPOINT_LEN])
{
	struct endpoint e = {.addr = b->peer->client.addr};

	endpoint_format(&e, text);
	return text;
}

/**
 * offer_info() - the tunnel the client has
 * @b:		Broker, in BROKER_COMMAND
 * @out:	Result
 *
 * Return: STATUS_SUCCESS; STATUS_BAD_REQUEST when there is none
 */
enum status offer_info(struct broker *b, struct tunnel *out)
{
	char text[ENDPOINT_LEN];
	const char *owner = owner_of(b);
	enum store_result found;
	struct lease lease;

	if (open_store(b))
		return STATUS_BUSY;
	found = store_find_owner(&b->store, pool_of(b),
				 owner ? owner : anonymous_owner(b, text), &lease);
	if (found == STORE_OK && !lease_is_active(&lease, time(NULL)))
		found = STORE_NO_LEASE;
	if (found == STORE_OK)
		describe(b, pool_of(b), &lease, &lease.tunnel, out);
	return status_of(found);
}

/**
 * offer_delete() - end the client's lease and take its tunnel down
 *
 * Return: STATUS_SUCCESS; STATUS_BAD_REQUEST when there is none, STATUS_IN_PROGRESS when
 * another session holds it
 */
enum status offer_delete(struct broker *b)
{
	char text[ENDPOINT_LEN];
	const char *owner = owner_of(b);
	struct store_claim claim;
	struct tunnel old;
	enum status status;

	if (open_store(b))
		return STATUS_BUSY;
	status = status_of(store_claim_own(
		&b->store, pool_of(b), owner ? owner : anonymous_owner(b, text), &claim));
	if (status != STATUS_SUCCESS)
		return status;
	describe(b, claim.pool, &claim.lease, &claim.lease.tunnel, &old);
	template_run(b->config, TEMPLATE_TEARDOWN, &old, NULL);
	if (store_end(&b->store, &claim))
		return STATUS_BUSY;
	report(b, EVENT_ENDED, LOG_INFO, &old, "gave up");
	return STATUS_SUCCESS;
}

/** type_of() - the TSP name of a lease's mode */
static enum tunnel_type type_of(enum lease_mode mode)
{
	return mode == LEASE_V6UDPV4 ? TUNNEL_V6UDPV4 : TUNNEL_V6V4;
}

/**
 * offer_describe() - a tunnel in the words of an answer
 * @b:		Broker
 * @t:		Tunnel
 * @out:	Result
 */
void offer_describe(const struct broker *b, const struct tunnel *t,
		    struct ipc_tunnel *out)
{
	time_t left = t->expires - time(NULL);

	memset(out, 0, sizeof(*out));
	out->type = type_of(t->mode);
	out->lifetime_minutes = left < 60 ? 1 : (uint32_t)((left + 30) / 60);
	out->keepalive_seconds = b->config->keepalive_seconds;
	out->server_ipv4 = t->server_ipv4;
	out->client_ipv4 = t->client.addr;
	out->server_ipv6 = t->ipv6.server;
	out->client_ipv6 = t->ipv6.client;
	out->prefix = t->ipv6.prefix;
	strcpy(out->name, t->name);
}
