/* SPDX-License-Identifier: MIT */
/*
 * offer.c - turn a grant into a tunnel and a lease, or withdraw it
 *
 * The order matters. The lease is claimed first, so that no other session works on it. Then
 * the tunnels in the way come down (the client's own old one, those of displaced leases),
 * and the new one is built while the claim is written to the disk: only then is the client
 * told 200. On any failure, and when the client leaves without accepting, offer_withdraw()
 * undoes the steps: new tunnel down, old ones up again, lease as it was. A broker that is
 * killed leaves an offered lease without holder; the next process that finds it settles it
 * (alloc/lease.h).
 *
 * The lifetime that a client is told is computed in offer_describe(): minutes until
 * b->tunnel.expires. For a new offer offer_make() sets that to now and [server] lifetime, by
 * store_expiry(); for "info" it is the lease's own end. A lease accepted over UDP ends after
 * LEASE_PROOF_SECONDS instead, unless its client sends a packet until then. Its client is told
 * the full lifetime, which it gets if it uses the tunnel.
 */
#include "broker/offer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "broker/displace.h"
#include "broker/proof.h"
#include "broker/turn.h"
#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/log.h"
#include "tunnel/event.h"
#include "tunnel/modes.h"
#include "tunnel/template.h"

#define OWNER_LEN (USER_ID_MAX + 1) /* an endpoint is shorter */

/** report() - log what happened to @tunnel, and remember that this session has a line */
static void report(struct broker *b, enum log_event_id id, int priority,
		   const struct tunnel *tunnel, const char *what)
{
	event_tunnel(id, priority, b->peer->text, tunnel, what);
	if (priority <= LOG_INFO)
		b->reported = true;
}

static enum pool_kind pool_of(const struct broker *b)
{
	return sasl_user(b->sasl) ? POOL_USERS : POOL_ANONYMOUS;
}

/** offer_open_store() - open the store at the first use in a session; 0, or -1, logged */
int offer_open_store(struct broker *b)
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

/**
 * enum remains - what the kernel may have when an offer is withdrawn
 * @REMAINS_OLD:	A tunnel that was in the way; the new one was not built
 * @REMAINS_NOTHING:	The template never ran
 * @REMAINS_NEW:	The new tunnel, or parts of it
 */
enum remains { REMAINS_OLD, REMAINS_NOTHING, REMAINS_NEW };

/**
 * withdraw() - take an offer back: tunnels and lease as they were before
 * @b:		Broker with a held claim
 * @why:	What happened, for the log; the address follows it
 * @remains:	What the kernel may have of the tunnels concerned
 *
 * A line stops telling that a tunnel may be there only after that tunnel's teardown has
 * succeeded. Else the lease's next holder would get a tunnel beside somebody else's. If the
 * new tunnel does not come down, its line stays an offer without a session: the next process
 * that needs the lease, or tspctl expire within a minute, takes the tunnel down first.
 */
static void withdraw(struct broker *b, const char *why, enum remains remains)
{
	int up = displace_undo(b), failed = 0;

	report(b, EVENT_WITHDRAWN, LOG_NOTICE, &b->tunnel, why);
	if (remains == REMAINS_OLD) {
		failed = store_restore(&b->store, &b->claim);
	} else if (up && remains == REMAINS_NEW) {
		log_msg(LOG_ERR, "%s lease %u stays an offer: its tunnel may be up",
			pool_name(b->claim.pool), b->claim.lease.number);
		store_let_go(&b->store, &b->claim);
	} else {
		failed = store_put_back(&b->store, &b->claim);
	}
	if (failed)
		log_msg(LOG_ERR, "%s lease %u could not be put back: %m",
			pool_name(b->claim.pool), b->claim.lease.number);
}

/**
 * offer_withdraw() - withdraw an offer: tunnels and lease as they were before
 * @b:		Broker with a held claim, or with a lease without proof
 * @why:	What happened, for the log; the address follows it
 */
void offer_withdraw(struct broker *b, const char *why)
{
	if (b->claim.held)
		withdraw(b, why, REMAINS_NEW);
	else if (proof_give_up(b))
		report(b, EVENT_WITHDRAWN, LOG_NOTICE, &b->tunnel, why);
}

/**
 * build() - build the new tunnel while its claim is written to the disk
 *
 * Return: STATUS_SUCCESS; else the offer is withdrawn
 */
static enum status build(struct broker *b)
{
	struct template_run run;
	int turn = turn_take(b->config, TURN_NEW, b->config->session_seconds);
	bool stored, built, ran;

	if (turn < 0 && errno == EBUSY) {
		withdraw(b, "too many templates run at once to build", REMAINS_NOTHING);
		return STATUS_BUSY;
	}
	built = ran =
		!template_start(&run, b->config, TEMPLATE_CREATION, &b->tunnel, NULL);
	stored = !store_sync(&b->store);
	if (built && template_finish(&run)) {
		built = false;
		ran = errno == EIO;
	}
	turn_end(turn);
	if (built && stored)
		return STATUS_SUCCESS;

	withdraw(b,
		 built ? "the lease could not be stored for" : "the template failed for",
		 ran ? REMAINS_NEW : REMAINS_NOTHING);
	return built ? STATUS_BUSY : STATUS_SERVER_ERROR;
}

/** report_displaced() - log the leases that the claim has ended */
static void report_displaced(struct broker *b)
{
	struct tunnel old;
	size_t i;

	for (i = 0; i < b->claim.displaced_count; i++) {
		struct store_ref *d = &b->claim.displaced[i];

		displace_describe(b, d->pool, &d->lease, &d->lease.tunnel, &old);
		report(b, EVENT_ENDED, LOG_NOTICE, &old, "took the place of");
	}
}

/** report_rivals() - log that another client has the account, too */
static void report_rivals(struct broker *b)
{
	char address[INET_ADDRSTRLEN], text[64];

	addr_format4(b->claim.lease.rival, address);
	snprintf(text, sizeof(text), "takes turns with a client at %s for", address);
	report(b, EVENT_TWO_PLACES, LOG_NOTICE, &b->tunnel, text);
}

/** take() - accept the lease of the claim; STATUS_BUSY: all is as it was before the offer */
static enum status take(struct broker *b)
{
	if (store_accept(&b->store, &b->claim)) {
		offer_withdraw(b, "the lease could not be stored for");
		return STATUS_BUSY;
	}
	report_displaced(b);
	if (b->claim.rivals)
		report_rivals(b);
	return STATUS_SUCCESS;
}

/**
 * offer_make() - claim a lease and build its tunnel
 * @b:		Broker, in BROKER_COMMAND
 * @grant:	What the policy allows
 *
 * Return: STATUS_SUCCESS with b->tunnel up and b->claim held, or accepted if the client is
 * unproven; any other status with everything as it was before
 */
enum status offer_make(struct broker *b, const struct policy_grant *grant)
{
	struct store_wish wish = {
		.pool = pool_of(b),
		.owner = sasl_user(b->sasl),
		.endpoint = grant->endpoint,
		.mode = grant->mode,
		.prefix_len = grant->prefix_len,
		/* nothing proves an address that is not the connection's */
		.unproven = grant->elsewhere,
		.secret = b->secret,
	};
	enum status status;

	if (offer_open_store(b))
		return STATUS_BUSY;
	proof_fill(b, &wish);
	status = status_of(proof_claim(b, &wish));
	if (status != STATUS_SUCCESS)
		return status;

	displace_describe(b, b->claim.pool, &b->claim.lease, &b->claim.lease.tunnel,
			  &b->tunnel);
	b->tunnel.unproven |= wish.unproven;
	b->tunnel.new_owner = strcmp(b->claim.before.owner, b->claim.lease.owner) != 0;
	/* An unproven lease ends earlier, unless its client sends a packet in time */
	b->tunnel.expires = store_expiry(&b->store, time(NULL), true);
	/* A tunnel whose lease is about to end must not outlive it */
	if (displace_take_down(b)) {
		withdraw(b, "an old tunnel is in the way of", REMAINS_OLD);
		return STATUS_SERVER_ERROR;
	}
	status = build(b);
	if (status == STATUS_SUCCESS)
		report(b, EVENT_OFFERED, LOG_DEBUG, &b->tunnel, "is offered");
	if (status == STATUS_SUCCESS && wish.unproven)
		status = take(b); /* no accept is waited for: proof.c */
	return status;
}

/**
 * offer_accept() - give the lease to the client
 * @b:		Broker, in BROKER_OFFERED
 *
 * Return: STATUS_SUCCESS; STATUS_BUSY when the lease could not be stored: all is as it was
 * before the offer
 */
enum status offer_accept(struct broker *b)
{
	enum status status = b->claim.held ? take(b) : STATUS_SUCCESS;

	if (status == STATUS_SUCCESS)
		report(b, EVENT_ACCEPTED, LOG_NOTICE, &b->tunnel,
		       b->claim.lease.state == LEASE_PRESENT ? "has" : "claims");
	return status;
}

/**
 * find_own() - find the client's lease
 * @b:		Broker
 * @owner:	Result: the lease's owner
 * @out:	Result
 *
 * The owner of an anonymous lease is an IPv4 address, or address and port; a client over UDP
 * may have either.
 *
 * Return: as store_find_owner()
 */
static enum store_result find_own(struct broker *b, char owner[OWNER_LEN],
				  struct lease *out)
{
	struct endpoint e = b->peer->client;
	enum store_result found;

	if (sasl_user(b->sasl)) {
		snprintf(owner, OWNER_LEN, "%s", sasl_user(b->sasl));
		return store_find_owner(&b->store, POOL_USERS, owner, out);
	}
	if (b->peer->udp) {
		endpoint_format(&e, owner);
		found = store_find_owner(&b->store, POOL_ANONYMOUS, owner, out);
		if (found == STORE_ERROR ||
		    (found == STORE_OK && lease_is_active(out, time(NULL))))
			return found;
	}
	e.port = 0;
	endpoint_format(&e, owner);
	return store_find_owner(&b->store, POOL_ANONYMOUS, owner, out);
}

/**
 * offer_info() - describe the tunnel that the client has
 * @b:		Broker, in BROKER_COMMAND
 * @out:	Result
 *
 * Return: STATUS_SUCCESS; STATUS_BAD_REQUEST when the client has no tunnel, or no proof that
 * it is there; STATUS_BUSY
 */
enum status offer_info(struct broker *b, struct tunnel *out)
{
	char owner[OWNER_LEN];
	enum store_result found;
	struct lease lease;

	if (!proof_is_given(b))
		return STATUS_BAD_REQUEST;
	if (offer_open_store(b))
		return STATUS_BUSY;
	found = find_own(b, owner, &lease);
	if (found == STORE_OK && !lease_is_active(&lease, time(NULL)))
		found = STORE_NO_LEASE;
	if (found == STORE_OK)
		displace_describe(b, pool_of(b), &lease, &lease.tunnel, out);
	return status_of(found);
}

/**
 * offer_delete() - end the client's lease and take its tunnel down
 * @b:		Broker, in BROKER_COMMAND
 *
 * Return: STATUS_SUCCESS; STATUS_BAD_REQUEST when the client has no lease, or no proof that
 * it is there; STATUS_IN_PROGRESS when another session holds it, STATUS_BUSY when the store failed,
 * STATUS_SERVER_ERROR when the tunnel does not come down: then the lease stays, so that its
 * next holder does not find somebody else's tunnel
 */
enum status offer_delete(struct broker *b)
{
	char owner[OWNER_LEN];
	struct store_claim claim;
	struct lease lease;
	struct tunnel old;
	enum status status;

	if (!proof_is_given(b))
		return STATUS_BAD_REQUEST;
	if (offer_open_store(b) || find_own(b, owner, &lease) == STORE_ERROR)
		return STATUS_BUSY;
	status = status_of(store_claim_own(&b->store, pool_of(b), owner, &claim));
	if (status != STATUS_SUCCESS)
		return status;
	displace_describe(b, claim.pool, &claim.lease, &claim.lease.tunnel, &old);
	if (turn_run(b->config, TEMPLATE_TEARDOWN, &old)) {
		store_let_go(&b->store, &claim);
		return STATUS_SERVER_ERROR;
	}
	if (store_end(&b->store, &claim))
		return STATUS_BUSY;
	report(b, EVENT_ENDED, LOG_NOTICE, &old, "gave up");
	return STATUS_SUCCESS;
}

/**
 * offer_describe() - put a tunnel into a reply
 * @b:		Broker
 * @t:		Tunnel
 * @out:	Result
 */
void offer_describe(const struct broker *b, const struct tunnel *t,
		    struct ipc_tunnel *out)
{
	time_t left = t->expires - time(NULL);

	memset(out, 0, sizeof(*out));
	out->type = t->mode == TUNNEL_V6UDPV4 ? TUNNEL_V6UDPV4 : TUNNEL_V6V4;
	out->lifetime_minutes = left < 60 ? 1 : (uint32_t)((left + 30) / 60);
	out->promised = b->promised;
	out->keepalive_seconds = b->config->keepalive_seconds;
	out->server_ipv4 = t->server_ipv4;
	out->client_ipv4 = t->client.addr;
	out->server_ipv6 = t->ipv6.server;
	out->client_ipv6 = t->ipv6.client;
	out->keepalive = t->ipv6.server;
	/* pings of an address that the template does not answer would end the tunnel */
	if (!IN6_IS_ADDR_UNSPECIFIED(&t->keepalive) &&
	    modes_proof_declared(b->config->template))
		out->keepalive = t->keepalive;
	out->prefix = t->ipv6.prefix;
	strcpy(out->name, t->name);
}
