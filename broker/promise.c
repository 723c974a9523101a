/* SPDX-License-Identifier: MIT */
/*
 * promise.c - offers that take no state until their secret comes back
 *
 * An anonymous client of UDP that wants v6udpv4 has proven nothing, and everything about its
 * tunnel follows from both ends: its addresses contain the client's, and the secret in its
 * keepalive address is computed (lib/presence.c). So it is told all that, and nothing is
 * kept: no lease, no tunnel, no line in the log. When a ping to the secret address comes from
 * the client's end, tsp-udp starts a handler and tells it so (UDPPROVEN), and the handler
 * claims the lease and builds the tunnel.
 *
 * This needs a template that answers such pings once the tunnel is built.
 */
#include "broker/promise.h"

#include <time.h>

#include "broker/create.h"
#include "broker/displace.h"
#include "broker/offer.h"
#include "lib/keepalive.h"
#include "lib/log.h"
#include "lib/presence.h"
#include "tunnel/modes.h"

/** secret_of() - the secret of this client in an epoch; 0: there is no key, logged */
static uint64_t secret_of(const struct config *config, const struct peer *peer,
			  uint64_t epoch)
{
	const struct endpoint server = {.addr = peer->server, .port = peer->server_port};
	uint64_t key[2];

	if (presence_key(config, false, key))
		return 0;
	return presence_secret(key, &peer->client, &server, epoch);
}

/** promise_suffices() - the granted tunnel can be offered without a lease */
bool promise_suffices(const struct broker *b, const struct policy_grant *grant)
{
	struct prefix6 network;
	bool shared;

	return b->peer->udp && grant->mode == TUNNEL_V6UDPV4 && !sasl_user(b->sasl) &&
	       b->config->keepalive_seconds &&
	       !keepalive_prefix(b->config, &network, &shared) &&
	       modes_proof_declared(b->config->template);
}

/**
 * promise_make() - describe the tunnel that the client gets once it is heard
 * @b:		Broker, in BROKER_COMMAND
 * @grant:	What the policy allows
 *
 * Return: STATUS_SUCCESS with b->tunnel; STATUS_BUSY without a key
 */
enum status promise_make(struct broker *b, const struct policy_grant *grant)
{
	struct lease lease = {
		.tunnel = {.mode = grant->mode,
			   .endpoint = grant->endpoint,
			   .secret = secret_of(b->config, b->peer,
					       presence_epoch(time(NULL)))},
	};

	if (!lease.tunnel.secret)
		return STATUS_BUSY;
	displace_describe(b, POOL_ANONYMOUS, &lease, &lease.tunnel, &b->tunnel);
	b->tunnel.expires = time(NULL) + (time_t)b->config->lifetime_minutes * 60;
	b->promised = true;
	b->reported = true; /* nothing has happened yet */
	return STATUS_SUCCESS;
}

/**
 * promise_keep() - the secret has come back: claim the lease and build the tunnel
 * @config:	Configuration
 * @peer:	Client that was heard, with @peer->proven
 *
 * Return: 0; -1, logged, if the client gets no lease or tunnel
 */
int promise_keep(const struct config *config, const struct peer *peer)
{
	const struct ipc_tunnel_request request = {.type = TUNNEL_V6UDPV4};
	struct broker b = {.config = config, .peer = peer, .state = BROKER_COMMAND};
	struct policy_grant grant;
	enum status status = create_decide(&b, &request, &grant);

	b.secret = secret_of(config, peer, peer->proven);
	if (status == STATUS_SUCCESS)
		status = b.secret ? offer_make(&b, &grant) : STATUS_BUSY;
	if (status == STATUS_SUCCESS)
		status = offer_accept(&b);
	if (b.store_open)
		store_close(&b.store);
	if (status == STATUS_SUCCESS)
		return 0;
	log_msg(LOG_NOTICE, "%s anonymous: promised tunnel refused: %d %s", peer->text,
		status, status_text(status));
	return -1;
}
