/* SPDX-License-Identifier: MIT */
/* policy.c - decide which tunnel a client may have, without side effects */
#include "broker/policy.h"

#include "lib/endpoint.h"
#include "lib/prefix.h"
#include "lib/special.h"
#include "tunnel/modes.h"

#define PREFIX_LEN_MAX 64 /* a delegated prefix must hold one network (RFC 4291, 2.5.1) */

/**
 * enum claim - the IPv4 address in a request, compared with that of the connection
 * @CLAIM_NONE:		The request has no address
 * @CLAIM_SOURCE:	The same
 * @CLAIM_OLD:		Another one, which the client had before
 * @CLAIM_OTHER:	Another one: the client is behind a NAT, or it is somebody else's
 */
enum claim { CLAIM_NONE, CLAIM_SOURCE, CLAIM_OLD, CLAIM_OTHER };

/**
 * claim_of() - compare the address in a request with that of the connection
 *
 * gogoc writes the first address that it found into every later request. An account that had
 * a tunnel of protocol 41 had no NAT then, and its client says a public address, which those
 * behind a NAT rarely have: the address is old, and no sign of a NAT.
 */
static enum claim claim_of(const struct config *config,
			   const struct policy_client *client,
			   const struct ipc_tunnel_request *request)
{
	bool had_v6v4 = client->last && client->last->mode == TUNNEL_V6V4;

	if (!request->has_ipv4)
		return CLAIM_NONE;
	if (request->ipv4.s_addr == client->peer->client.addr.s_addr)
		return CLAIM_SOURCE;
	return !config_refuses(config, request->ipv4) &&
			       (had_v6v4 || config->stale_address)
		       ? CLAIM_OLD
		       : CLAIM_OTHER;
}

/**
 * decide_mode() - decide how packets travel
 * @claim:	CLAIM_OTHER: a NAT, which passes UDP and little else
 * @udp:	IPv6-in-UDP tunnels are served to the client
 * @type:	enum tunnel_type of the request; with TUNNEL_V6ANYV4 the server picks
 *
 * Return: the mode; TUNNEL_NONE for a tunnel that is not served
 */
static enum tunnel_type decide_mode(enum claim claim, bool udp, uint32_t type)
{
	switch (type) {
	case TUNNEL_V6V4:
		return TUNNEL_V6V4;
	case TUNNEL_V6UDPV4:
		return udp ? TUNNEL_V6UDPV4 : TUNNEL_NONE;
	case TUNNEL_V6ANYV4:
		return claim == CLAIM_OTHER && udp ? TUNNEL_V6UDPV4 : TUNNEL_V6V4;
	default:
		return TUNNEL_NONE;
	}
}

/**
 * decide_elsewhere() - proxy="yes" and another address than the connection's
 *
 * This needs an account, which answers for it, and a template that ends the tunnel unless its
 * secret comes back from there. So nobody can point a tunnel at somebody else.
 *
 * Return: STATUS_SUCCESS, STATUS_TUNNEL_TYPE, STATUS_BAD_IPV4
 */
static enum status decide_elsewhere(const struct config *config,
				    const struct policy_client *client,
				    const struct ipc_tunnel_request *request,
				    struct policy_grant *out)
{
	if (!config->proxy || !client->user || request->type != TUNNEL_V6V4 ||
	    !modes_proof_declared(config->template)) {
		out->why = "a tunnel to another address is for accounts and v6v4, with "
			   "[server] proxy and a template that declares TSP-Proof";
		return STATUS_TUNNEL_TYPE;
	}
	if (config_refuses(config, request->ipv4)) {
		out->why = "the address that it asks for is not in [server] accept";
		return STATUS_BAD_IPV4;
	}
	out->mode = TUNNEL_V6V4;
	out->endpoint = (struct endpoint){.addr = request->ipv4};
	out->elsewhere = true;
	return STATUS_SUCCESS;
}

/**
 * decide_endpoint() - decide where the client's end of the tunnel is
 * @config:	Configuration
 * @client:	Who asks, and where the connection comes from
 * @request:	What the client says of itself
 * @claim:	From claim_of()
 * @out:	mode: how packets will travel; result: endpoint
 *
 * It is the source of the connection: the client has just shown that it holds that
 * address. The address in the request only shows whether packets of protocol 41 will
 * arrive: if it differs, there is a NAT in the path, and the client is not reached unless
 * the NAT maps one address to it, which the operator must vouch for. Packets in UDP take
 * the path of the signalling, port included.
 *
 * Return: STATUS_SUCCESS, STATUS_BAD_REQUEST, STATUS_BAD_IPV4
 */
static enum status decide_endpoint(const struct config *config,
				   const struct policy_client *client,
				   const struct ipc_tunnel_request *request,
				   enum claim claim, struct policy_grant *out)
{
	const struct endpoint *source = &client->peer->client;

	if (claim == CLAIM_NONE && out->mode != TUNNEL_V6UDPV4) {
		out->why = "it names no IPv4 address";
		return STATUS_BAD_REQUEST;
	}
	if (config_refuses(config, source->addr)) {
		out->why = "its address is not in [server] accept";
		return STATUS_BAD_IPV4;
	}
	if (out->mode == TUNNEL_V6UDPV4) {
		out->endpoint = *source;
		return STATUS_SUCCESS;
	}
	if (claim == CLAIM_OTHER &&
	    !(config->static_nat && special_ipv4_is_private(request->ipv4))) {
		out->why = "the address that it claims is not that of its connection: a "
			   "NAT is on the way, or the address is somebody else's";
		return STATUS_BAD_IPV4;
	}

	/* protocol 41 has no ports */
	out->endpoint = (struct endpoint){.addr = source->addr};
	return STATUS_SUCCESS;
}

/** decide_tunnel() - decide mode and endpoint */
static enum status decide_tunnel(const struct config *config,
				 const struct policy_client *client,
				 const struct ipc_tunnel_request *request,
				 struct policy_grant *out)
{
	enum claim claim = claim_of(config, client, request);

	if (request->proxy && claim != CLAIM_SOURCE &&
	    (config->proxy || claim != CLAIM_OLD))
		return decide_elsewhere(config, client, request, out);
	out->mode = decide_mode(claim, client->peer->v6udpv4, request->type);
	if (out->mode == TUNNEL_NONE) {
		out->why = request->type == TUNNEL_V6UDPV4
				   ? "v6udpv4 needs a request over UDP, and a template "
				     "that builds it"
				   : "no template builds this type";
		return STATUS_TUNNEL_TYPE;
	}
	return decide_endpoint(config, client, request, claim, out);
}

/** decide_prefix() - decide the length of the delegated prefix; 0: a host */
static enum status decide_prefix(const struct pool_config *pool, const char *user,
				 const struct ipc_tunnel_request *request,
				 struct policy_grant *out)
{
	uint8_t len = request->prefix_len;

	out->prefix_len = 0;
	if (!request->router)
		return STATUS_SUCCESS;

	if (!len)
		len = pool->delegate;
	/* without an account an address changes too often for a prefix to be of use */
	if (!user)
		out->why = "a prefix is for accounts";
	else if (!pool->prefix.len)
		out->why = "[pool users] has no prefix";
	else if (len < pool->delegate || (len > PREFIX_LEN_MAX && len != pool->delegate))
		out->why = "a prefix is not shorter than [pool users] delegate, and not "
			   "longer than /64";
	else
		out->prefix_len = len;
	return out->why ? STATUS_PREFIX_LENGTH : STATUS_SUCCESS;
}

/**
 * policy_decide() - decide what a request may have
 * @config:	Configuration
 * @client:	Who asks
 * @request:	What the client asks for; any bytes
 * @out:	Result, for STATUS_SUCCESS only
 *
 * Return: STATUS_SUCCESS; STATUS_TUNNEL_TYPE; STATUS_NO_TUNNELS when the client has no pool;
 * STATUS_BAD_REQUEST without an IPv4 address; STATUS_BAD_IPV4 for an address that is not
 * the connection's or is not valid on the internet; STATUS_PREFIX_LENGTH (RFC 5572,
 * appendix B)
 */
enum status policy_decide(const struct config *config, const struct policy_client *client,
			  const struct ipc_tunnel_request *request,
			  struct policy_grant *out)
{
	const struct pool_config *pool =
		client->user ? &config->users_pool : &config->anonymous_pool;
	enum status status;

	out->elsewhere = false;
	out->why = NULL;
	status = decide_tunnel(config, client, request, out);
	if (status == STATUS_TUNNEL_TYPE)
		return status;
	if (!pool->present) {
		out->why = client->user ? "no [pool users]" : "no [pool anonymous]";
		return STATUS_NO_TUNNELS;
	}
	if (status != STATUS_SUCCESS)
		return status;
	return decide_prefix(pool, client->user, request, out);
}
