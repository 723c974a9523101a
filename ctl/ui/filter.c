/* SPDX-License-Identifier: MIT */
/* filter.c - which leases a list shows */
#include "ctl/ui/filter.h"

#include <errno.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/log.h"
#include "lib/timestamp.h"

/** refuse() - report a value that no lease can have; -1 */
static int refuse(const char *option, const char *what, const char *text)
{
	log_msg(LOG_ERR, "--%s: not %s: '%s'", option, what, text);
	return -1;
}

/** is_state() - a state as view_state() calls it */
static bool is_state(const char *text)
{
	return !strcmp(text, "active") || !strcmp(text, "offered") ||
	       !strcmp(text, "expired");
}

/** is_mode() - a type of tunnel that templates build */
static bool is_mode(const char *text)
{
	enum tunnel_type type = tunnel_type_by_name(text);

	return type > TUNNEL_NONE && type < TUNNEL_BUILT;
}

/** parse_prefix() - a prefix, or an address as the smallest one */
static int parse_prefix(const char *text, struct prefix6 *out)
{
	if (!prefix6_parse(text, out))
		return 0;
	out->len = 128;
	return addr_parse6(text, &out->addr);
}

/**
 * filter_parse() - read conditions
 * @texts:	As typed; must stay valid
 * @out:	Result
 *
 * Return: 0; -1, reported
 */
int filter_parse(const struct filter_texts *texts, struct filter *out)
{
	*out = (struct filter){.texts = *texts};
	if (texts->prefix && parse_prefix(texts->prefix, &out->prefix))
		return refuse("prefix", "an IPv6 prefix or address", texts->prefix);
	if (texts->state && !is_state(texts->state))
		return refuse("state", "active, offered or expired", texts->state);
	if (texts->endpoint && endpoint_parse(texts->endpoint, &out->endpoint))
		return refuse("endpoint", "an IPv4 address, with or without a port",
			      texts->endpoint);
	if (texts->mode && !is_mode(texts->mode))
		return refuse("mode", "v6v4 or v6udpv4", texts->mode);
	if (texts->expires_before &&
	    timestamp_parse(texts->expires_before, &out->expires_before))
		return refuse("expires-before", "a time as 2026-11-23T15:00:00Z",
			      texts->expires_before);
	return 0;
}

/** has_prefix() - address or delegated prefix have something in common with the prefix */
static bool has_prefix(const struct filter *f, const struct view *v)
{
	return prefix6_contains(&f->prefix, &v->ipv6.client) ||
	       (v->ipv6.prefix.len && prefix6_overlaps(&f->prefix, &v->ipv6.prefix));
}

/** has_endpoint() - the client is at the endpoint; a condition without port means any port */
static bool has_endpoint(const struct filter *f, const struct view *v)
{
	const struct endpoint *e = &v->lease.tunnel.endpoint;

	return f->endpoint.port ? endpoint_equal(e, &f->endpoint)
				: e->addr.s_addr == f->endpoint.addr.s_addr;
}

/**
 * filter_matches() - a lease meets all conditions
 * @f:		Conditions
 * @v:		Lease, not a free one
 */
bool filter_matches(const struct filter *f, const struct view *v)
{
	const struct filter_texts *t = &f->texts;
	const struct lease_tunnel *tunnel = &v->lease.tunnel;

	if (t->user && (v->pool != POOL_USERS || strcmp(v->lease.owner, t->user) != 0))
		return false;
	if (t->state && strcmp(v->values[VIEW_STATE].text, t->state) != 0)
		return false;
	if (t->mode && strcmp(tunnel_type_name(tunnel->mode), t->mode) != 0)
		return false;
	if (t->expires_before && tunnel->expires >= f->expires_before)
		return false;
	return (!t->prefix || has_prefix(f, v)) && (!t->endpoint || has_endpoint(f, v));
}
