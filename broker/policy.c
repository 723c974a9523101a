/* SPDX-License-Identifier: MIT */
/* policy.c - who may have which tunnel: decisions without side effects */
#include "broker/policy.h"

#include "broker/special.h"

#define PREFIX_LEN_MAX 64 /* a delegated prefix must hold one network (RFC 4291, 2.5.1) */

/** is_served() - the tunnel type is one that this server builds */
static bool is_served(const struct ipc_tunnel_request *request)
{
	/* for v6anyv4 the server picks, and protocol 41 is what there is to pick */
	return !request->proxy &&
	       (request->type == TUNNEL_V6V4 || request->type == TUNNEL_V6ANYV4);
}

/** may_connect() - tunnels are built to this address */
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
 * decide_endpoint() - where the client's end of the tunnel is
 * @config:	Configuration
 * @source:	Where the connection comes from
 * @request:	What the client says of itself
 * @out:	Result
 *
 * It is always the source of the connection: the one address that the client has proven
 * to hold. The address in the request only shows whether packets of protocol 41 will
 * arrive: if it is another, there is a NAT in the path, and the client is not reached
 * unless that NAT maps one address to it, which the operator must vouch for.
 */
static enum status decide_endpoint(const struct config *config, struct in_addr source,
				   const struct ipc_tunnel_request *request,
				   struct endpoint *out)
{
	if (!request->has_ipv4)
		return STATUS_BAD_REQUEST;
	if (request->ipv4.s_addr != source.s_addr &&
	    !(config->static_nat && special_ipv4_is_private(request->ipv4)))
		return STATUS_BAD_IPV4;
	if (!may_connect(config, source))
		return STATUS_BAD_IPV4;

	/* protocol 41 has no ports: that of the TCP connection says nothing of the tunnel */
	*out = (struct endpoint){.addr = source};
	return STATUS_SUCCESS;
}

/** decide_prefix() - which length is delegated to a client; 0: a host */
static enum status decide_prefix(const struct pool_config *pool, const char *user,
				 const struct ipc_tunnel_request *request, uint8_t *out)
{
	uint8_t len = request->prefix_len;

	*out = 0;
	if (!request->router)
		return STATUS_SUCCESS;

	/* prefixes need an account: nobody else keeps an address long enough to use one */
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
 * policy_decide() - what a request may have
 * @config:	Configuration
 * @peer:	Who is connected
 * @user:	User id; NULL: anonymous
 * @request:	What the client asks for; any bytes
 * @out:	Result, for STATUS_SUCCESS only
 *
 * Return: STATUS_SUCCESS; STATUS_TUNNEL_TYPE; STATUS_NO_TUNNELS when there is no pool for
 * such a client; STATUS_BAD_REQUEST without an IPv4 address; STATUS_BAD_IPV4 with one that
 * is not the connection's or has no place on the internet; STATUS_PREFIX_LENGTH
 */
enum status policy_decide(const struct config *config, const struct peer *peer,
			  const char *user, const struct ipc_tunnel_request *request,
			  struct policy_grant *out)
{
	const struct pool_config *pool =
		user ? &config->users_pool : &config->anonymous_pool;
	enum status status;

	if (!is_served(request))
		return STATUS_TUNNEL_TYPE;
	if (!pool->present)
		return STATUS_NO_TUNNELS;

	out->mode = LEASE_V6V4;
	status = decide_endpoint(config, peer->client.addr, request, &out->endpoint);
	if (status != STATUS_SUCCESS)
		return status;
	return decide_prefix(pool, user, request, &out->prefix_len);
}
