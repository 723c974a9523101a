/* SPDX-License-Identifier: MIT */
/*
 * proof.c - whether the signalling of a session proves that its client is there
 *
 * The source of a datagram can be forged. A connection, the nonce of DIGEST-MD5 and a secret
 * that came back show that the client receives what is sent to it. With one of them it may
 * ask about its lease and delete it, and its offer is held for it until it accepts.
 *
 * Without proof a lease is written as accepted when it is offered, and let go: it has two
 * minutes for its secret to be heard, and any proven client may take its endpoint. Its line
 * is held only while the template runs. Other sessions wait for that moment, and do not answer
 * 521.
 */
#include "broker/proof.h"

#include <time.h>

#include "broker/displace.h"
#include "broker/turn.h"
#include "tunnel/server_end.h"

#define WAIT_MS 20 /* between two tries */

/** proof_is_given() - the signalling shows that the client receives what is sent to it */
bool proof_is_given(const struct broker *b)
{
	return !b->peer->udp || b->peer->proven || (b->sasl && sasl_proves_path(b->sasl));
}

/**
 * proof_fill() - what the session proves, and the end that it proves it for
 * @b:		Broker
 * @wish:	Wish with mode and endpoint; unproven if its endpoint is not the client's
 *
 * If the route chooses the address, the lease records it, and the client is told this one:
 * the route may choose another one later.
 */
void proof_fill(const struct broker *b, struct store_wish *wish)
{
	wish->unproven |= !proof_is_given(b);
	wish->heard = b->peer->proven != 0;
	wish->server = displace_server(b, wish->mode);
	if (!wish->server.s_addr)
		wish->server = server_end_toward(wish->endpoint.addr);
}

/**
 * proof_claim() - store_claim(), and wait for sessions without proof that hold the lease
 * @b:		Broker; its claim is the result
 * @wish:	Wish
 *
 * Return: as store_claim()
 */
enum store_result proof_claim(struct broker *b, const struct store_wish *wish)
{
	const struct timespec wait = {.tv_nsec = WAIT_MS * 1000000L};
	unsigned tries = b->config->template_seconds * 1000 / WAIT_MS;
	enum store_result r;

	for (;;) {
		r = store_claim(&b->store, wish, &b->claim);
		if (r != STORE_CLAIMED || !b->claim.soon || wish->unproven || !tries--)
			return r;
		nanosleep(&wait, NULL);
	}
}

/** is_ours_still() - a lease without proof is as this session has written it */
static bool is_ours_still(const struct broker *b, const struct lease *lease)
{
	const struct lease *ours = &b->claim.lease;

	return lease->state == LEASE_CLAIMED && !lease->tunnel.heard &&
	       lease->tunnel.secret == ours->tunnel.secret &&
	       lease->tunnel.granted == ours->tunnel.granted;
}

/** was_there() - the offer changed nothing: its client had this tunnel already */
static bool was_there(const struct broker *b)
{
	struct lease before = b->claim.before;

	lease_settle(&before);
	return lease_is_accepted(&before) &&
	       lease_same_tunnel(&before.tunnel, &b->claim.lease.tunnel);
}

/**
 * proof_give_up() - end a lease without proof that its client does not want
 * @b:		Broker whose claim is accepted already
 *
 * It stays if it was there before, and if another session has changed it. A lease that does
 * not end here does in two minutes.
 *
 * Return: true if it has ended
 */
bool proof_give_up(struct broker *b)
{
	struct store_claim claim;

	if (was_there(b) || store_claim_number(&b->store, b->claim.pool,
					       b->claim.lease.number, &claim) != STORE_OK)
		return false;
	if (is_ours_still(b, &claim.before) &&
	    !turn_run(b->config, TEMPLATE_TEARDOWN, &b->tunnel))
		return !store_end(&b->store, &claim);
	store_let_go(&b->store, &claim);
	return false;
}
