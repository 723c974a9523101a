/* SPDX-License-Identifier: MIT */
/* policy.c - decide which tunnel a client may have, without side effects */
#include "broker/policy.h"

#include "lib/endpoint.h"
#include "lib/prefix.h"
#include "lib/special.h"

#define PREFIX_LEN_MAX 64 /* a delegated prefix must hold one network (RFC 4291, 2.5.1) */

/**
 * decide_mode() - decide how packets travel
 *
 * With v6anyv4 the server picks. A client whose request has another address than its
 * connection is behind a NAT, which passes UDP and little else.
 *
 * Return: the mode; TUNNEL_NONE for a tunnel that is not served
 */
static enum tunnel_type decide_mode(const struct peer *peer,
				    const struct ipc_tunnel_request *request)
{
	bool nat = request->has_ipv4 && request->ipv4.s_addr != peer->client.addr.s_addr;

	if (request->proxy)
		return TUNNEL_NONE;
	switch (request->type) {
	case TUNNEL_V6V4:
		return TUNNEL_V6V4;
	case TUNNEL_V6UDPV4:
		return peer->v6udpv4 ? TUNNEL_V6UDPV4 : TUNNEL_NONE;
	case TUNNEL_V6ANYV4:
		return nat && peer->v6udpv4 ? TUNNEL_V6UDPV4 : TUNNEL_V6V4;
	default:
		return TUNNEL_NONE;
	}
}

/** may_connect() - true if tunnels to this address are allowed */
static bool may_connect(const struct config *config, struct in_addr a)
{
	size_t i;

	for (i = 0; i < config->accept_count; i++) {
		if (prefix4_contains(&config->accept[i], a))
			return true;
	}
	return !special_ipv4(a);
}

/**
 * decide_endpoint() - decide where the client's end of the tunnel is
 * @config:	Configuration
 * @source:	Where the connection comes from
 * @mode:	How packets will travel
 * @request:	What the client says of itself
 * @out:	Result
 *
 * It is always the source of the connection: the client has just shown that it holds that
 * address. The address in the request only shows whether packets of protocol 41 will
 * arrive: if it differs, there is a NAT in the path, and the client is not reached unless
 * the NAT maps one address to it, which the operator must vouch for. Packets in UDP take
 * the path of the signalling, port included.
 *
 * Return: STATUS_SUCCESS, STATUS_BAD_REQUEST, STATUS_BAD_IPV4
 */
static enum status decide_endpoint(const struct config *config,
				   const struct endpoint *source, enum tunnel_type mode,
				   const struct ipc_tunnel_request *request,
				   struct endpoint *out)
{
	if (!request->has_ipv4 && mode != TUNNEL_V6UDPV4)
		return STATUS_BAD_REQUEST;
	if (!may_connect(config, source->addr))
		return STATUS_BAD_IPV4;
	if (mode == TUNNEL_V6UDPV4) {
		*out = *source;
		return STATUS_SUCCESS;
	}
	if (request->ipv4.s_addr != source->addr.s_addr &&
	    !(config->static_nat && special_ipv4_is_private(request->ipv4)))
		return STATUS_BAD_IPV4;

	/* protocol 41 has no ports */
	*out = (struct endpoint){.addr = source->addr};
	return STATUS_SUCCESS;
}

/** decide_prefix() - decide the length of the delegated prefix; 0: a host */
static enum status decide_prefix(const struct pool_config *pool, const char *user,
				 const struct ipc_tunnel_request *request, uint8_t *out)
{
	uint8_t len = request->prefix_len;

	*out = 0;
	if (!request->router)
		return STATUS_SUCCESS;

	/* without an account an address changes too often for a prefix to be of use */
	if (!user || !pool->prefix.len)
		return STATUS_PREFIX_LENGTH;
	if (!len)
		len = pool->delegate;
	if (len < pool->delegate || (len > PREFIX_LEN_MAX && len != pool->delegate))
		return STATUS_PREFIX_LENGTH;

	*out = len;
	return STATUS_SUCCESS;
}

/**
 * policy_decide() - decide what a request may have
 * @config:	Configuration
 * @peer:	Who is connected
 * @user:	User id; NULL: anonymous
 * @request:	What the client asks for; any bytes
 * @out:	Result, for STATUS_SUCCESS only
 *
 * Return: STATUS_SUCCESS; STATUS_TUNNEL_TYPE; STATUS_NO_TUNNELS when the client has no pool;
 * STATUS_BAD_REQUEST without an IPv4 address; STATUS_BAD_IPV4 for an address that is not
 * the connection's or is not valid on the internet; STATUS_PREFIX_LENGTH (RFC 5572,
 * appendix B)
 */
enum status policy_decide(const struct config *config, const struct peer *peer,
			  const char *user, const struct ipc_tunnel_request *request,
			  struct policy_grant *out)
{
	const struct pool_config *pool =
		user ? &config->users_pool : &config->anonymous_pool;
	enum status status;

	out->mode = decide_mode(peer, request);
	if (out->mode == TUNNEL_NONE)
		return STATUS_TUNNEL_TYPE;
	if (!pool->present)
		return STATUS_NO_TUNNELS;

	status = decide_endpoint(config, &peer->client, out->mode, request,
				 &out->endpoint);
	if (status != STATUS_SUCCESS)
		return status;
	return decide_prefix(pool, user, request, &out->prefix_len);
}
