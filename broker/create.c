/* SPDX-License-Identifier: MIT */
/* create.c - serve a request for a tunnel: policy, then an offer or a promise */
#include "broker/create.h"

#include "broker/offer.h"
#include "broker/policy.h"
#include "broker/promise.h"

/** last_tunnel() - the tunnel of the account's lease, in force or not; NULL: not known */
static const struct lease_tunnel *last_tunnel(struct broker *b, struct lease *lease)
{
	if (!sasl_user(b->sasl) || offer_open_store(b) ||
	    store_find_owner(&b->store, POOL_USERS, sasl_user(b->sasl), lease) !=
		    STORE_OK)
		return NULL;
	return &lease->tunnel;
}

/**
 * create_decide() - policy_decide() for this session's client
 * @b:		Broker, in BROKER_COMMAND
 * @request:	What the client asks for; any bytes
 * @out:	Result, for STATUS_SUCCESS only
 *
 * The lease is looked up only for a client that says another address than its own.
 *
 * Return: as policy_decide()
 */
enum status create_decide(struct broker *b, const struct ipc_tunnel_request *request,
			  struct policy_grant *out)
{
	struct policy_client client = {.peer = b->peer, .user = sasl_user(b->sasl)};
	struct lease lease;

	if (request->has_ipv4 && request->ipv4.s_addr != b->peer->client.addr.s_addr)
		client.last = last_tunnel(b, &lease);
	return policy_decide(b->config, &client, request, out);
}

static enum status give(struct broker *b, const struct policy_grant *grant)
{
	return promise_suffices(b, grant) ? promise_make(b, grant) : offer_make(b, grant);
}

/** udp_instead() - the client lets us choose, and UDP has a port for each client of an address */
static bool udp_instead(const struct broker *b, const struct ipc_tunnel_request *request,
			const struct policy_grant *grant)
{
	return request->type == TUNNEL_V6ANYV4 && grant->mode == TUNNEL_V6V4 &&
	       b->peer->v6udpv4;
}

/** why_refused() - explain a status that leases and templates cause, for the log */
static const char *why_refused(enum status status)
{
	switch (status) {
	case STATUS_NO_TUNNELS:
		return "the pool is full, or [limits] per_address clients are present at "
		       "its address";
	case STATUS_IPV4_IN_USE:
		return "another lease has its IPv4 address, or its port";
	case STATUS_IN_PROGRESS:
		return "another session holds its lease";
	case STATUS_SERVER_ERROR:
		return "the template failed";
	case STATUS_BUSY:
		return "leases cannot be used, or too many templates run: an error "
		       "before this says which";
	default:
		return NULL;
	}
}

/** give_any() - give the granted tunnel, or one in UDP if its address is in use */
static enum status give_any(struct broker *b, const struct ipc_tunnel_request *request,
			    struct policy_grant *grant)
{
	enum status status = give(b, grant);

	if (status != STATUS_IPV4_IN_USE || !udp_instead(b, request, grant))
		return status;
	grant->mode = TUNNEL_V6UDPV4;
	grant->endpoint = b->peer->client;
	return give(b, grant);
}

/**
 * create_tunnel() - offer or promise the tunnel that a request gets
 * @b:		Broker, in BROKER_COMMAND
 * @request:	What the client asks for; any bytes
 *
 * Return: STATUS_SUCCESS with b->tunnel; else as create_decide(), offer_make() and
 * promise_make()
 */
enum status create_tunnel(struct broker *b, const struct ipc_tunnel_request *request)
{
	struct policy_grant grant;
	enum status status = create_decide(b, request, &grant);

	b->why = grant.why;
	if (status == STATUS_SUCCESS) {
		status = give_any(b, request, &grant);
		b->why = why_refused(status);
	}
	return status;
}
