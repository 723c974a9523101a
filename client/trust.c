/* SPDX-License-Identifier: MIT */
/*
 * trust.c - which offers are accepted: a hostile server gains nothing by one
 *
 * An offer becomes addresses and routes of this machine. So its addresses must be global
 * unicast, in no network to which this machine has another route; the far end of the tunnel
 * must be the server that we talked to; and the prefix no shorter than asked for.
 */
#include "client/trust.h"

#include <errno.h>
#include <string.h>

#include "client/network.h"

/** is_global() - in 2000::/3, and not an address of 6to4, which leads to any IPv4 address */
static bool is_global(const struct in6_addr *a)
{
	return (a->s6_addr[0] & 0xe0) == 0x20 &&
	       !(a->s6_addr[0] == 0x20 && a->s6_addr[1] == 0x02);
}

static bool is_unset(const struct in6_addr *a)
{
	return IN6_IS_ADDR_UNSPECIFIED(a);
}

/** check_type() - the mode is concrete, was asked for, and can be built over this transport */
static const char *check_type(const struct settings *s, const struct trust_link *link,
			      const struct answer_offer *o)
{
	if (o->type != TUNNEL_V6V4 && o->type != TUNNEL_V6UDPV4)
		return "tspc cannot build a tunnel of its mode";
	if (s->mode != TUNNEL_V6ANYV4 && o->type != s->mode)
		return "the mode of its tunnel is not the one asked for";
	if (o->type == TUNNEL_V6UDPV4 && !link->udp)
		return "a tunnel in UDP was offered over TCP";
	if (o->server_ipv4.s_addr != link->server.s_addr)
		return "the tunnel would end at another machine than the server";
	return NULL;
}

/** is_taken() - this machine has a route to a part of the prefix; returns text if so */
static const char *is_taken(const struct settings *s, const struct prefix6 *prefix,
			    uint32_t type)
{
	bool overlaps;

	if (network_overlaps(prefix, settings_device(s, type), &overlaps))
		return "the routes of this machine cannot be read";
	return overlaps ? "its addresses are in a network that this machine has another "
			  "route to"
			: NULL;
}

/** check_addresses() - both ends of the tunnel */
static const char *check_addresses(const struct settings *s, const struct answer_offer *o)
{
	const struct prefix6 client = {.addr = o->client_ipv6, .len = 128};
	const struct prefix6 server = {.addr = o->server_ipv6, .len = 128};
	const char *why;

	if (!is_global(&o->client_ipv6) || !is_global(&o->server_ipv6))
		return "an address of its tunnel is not a global unicast address";
	if (IN6_ARE_ADDR_EQUAL(&o->client_ipv6, &o->server_ipv6))
		return "both ends of its tunnel have the same address";
	why = is_taken(s, &client, o->type);
	return why ? why : is_taken(s, &server, o->type);
}

/** check_prefix() - the prefix for a router; a host's is dropped */
static const char *check_prefix(const struct settings *s, struct answer_offer *o)
{
	unsigned shortest = s->prefix_len ? s->prefix_len : TRUST_PREFIX_MIN;

	if (!s->router) {
		memset(&o->prefix, 0, sizeof(o->prefix));
		return NULL;
	}
	if (!o->prefix.len)
		return "it has no prefix for a router";
	if (o->prefix.len < shortest)
		return "its prefix is shorter than asked for";
	if (o->prefix.len > 64)
		return "its prefix is too long for a network";
	if (!is_global(&o->prefix.addr))
		return "its prefix is not of global unicast addresses";
	return is_taken(s, &o->prefix, o->type);
}

/** limit_keepalive() - an interval in bounds, and an address that is the server's or global */
static void limit_keepalive(const struct settings *s, struct answer_offer *o)
{
	uint32_t seconds = o->keepalive_seconds;

	if (!seconds)
		seconds = s->keepalive_interval;
	if (seconds < TRUST_KEEPALIVE_MIN)
		seconds = TRUST_KEEPALIVE_MIN;
	if (seconds > TRUST_KEEPALIVE_MAX)
		seconds = TRUST_KEEPALIVE_MAX;
	o->keepalive_seconds = s->keepalive && !s->proxy ? seconds : 0;
	if (is_unset(&o->keepalive) || !is_global(&o->keepalive))
		o->keepalive = o->server_ipv6;
}

/**
 * trust_check() - decide whether an offer is accepted
 * @settings:	What was asked for
 * @link:	How the offer came
 * @offer:	Offer; gets a keepalive within bounds, and loses what was not asked for
 *
 * Return: NULL; or why not, to be read behind "offer rejected: "
 */
const char *trust_check(const struct settings *settings, const struct trust_link *link,
			struct answer_offer *offer)
{
	const char *why = check_type(settings, link, offer);

	if (!why)
		why = check_addresses(settings, offer);
	if (!why)
		why = check_prefix(settings, offer);
	if (!why)
		limit_keepalive(settings, offer);
	return why;
}
