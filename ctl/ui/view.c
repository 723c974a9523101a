/* SPDX-License-Identifier: MIT */
/* view.c - a lease as commands show it: state, addresses, times */
#include "ctl/ui/view.h"

#include <stdio.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/prefix.h"

const struct output_field view_fields[VIEW_FIELDS] = {
	[VIEW_NAME] = {NULL, "LEASE"},
	[VIEW_POOL] = {"pool"},
	[VIEW_LEASE] = {"lease"},
	[VIEW_STATE] = {"state", "STATE", .spare = 1},
	[VIEW_USER] = {"user", "USER"},
	[VIEW_ENDPOINT] = {"endpoint", "IPV4"},
	[VIEW_MODE] = {"mode"},
	[VIEW_ADDRESS] = {"address", "ADDRESS"},
	[VIEW_PREFIX] = {"prefix", "PREFIX", .spare = 3},
	[VIEW_GRANTED] = {"granted", "GRANTED", .spare = 4},
	[VIEW_EXPIRES] = {"expires", "EXPIRES", .spare = 2},
	[VIEW_RX_BYTES] = {"rx_bytes", "FROM", .right = true},
	[VIEW_TX_BYTES] = {"tx_bytes", "TO", .right = true},
	[VIEW_RX_PACKETS] = {"rx_packets"},
	[VIEW_TX_PACKETS] = {"tx_packets"},
	[VIEW_HEARD] = {"heard", "LAST HEARD", .spare = 5},
};

/** view_is_traffic() - a field that only the template can tell */
bool view_is_traffic(enum view_field field)
{
	return field >= VIEW_RX_BYTES && field <= VIEW_TX_PACKETS;
}

/** view_head() - the head of a column for people who have asked for it by its name */
const char *view_head(enum view_field field)
{
	static const char *const others[VIEW_FIELDS] = {
		[VIEW_POOL] = "POOL",
		[VIEW_LEASE] = "LEASE",
		[VIEW_MODE] = "MODE",
		[VIEW_RX_PACKETS] = "PACKETS FROM",
		[VIEW_TX_PACKETS] = "PACKETS TO",
	};

	return others[field] ? others[field] : view_fields[field].head;
}

/**
 * view_state() - the state of a lease, in a word
 * @lease:	Lease, settled unless a session holds it
 * @now:	Time
 *
 * Return: free, offered, expired, or active for a lease that is claimed or present and has
 * time left
 */
const char *view_state(const struct lease *lease, time_t now)
{
	if (!lease_is_accepted(lease))
		return lease_state_name(lease->state);
	return lease_is_active(lease, now) ? "active" : lease_state_name(LEASE_EXPIRED);
}

/** put_time() - a time: exact, and for people its distance from now */
static struct output_value put_time(time_t t, time_t now, char exact[TIMESTAMP_LEN],
				    char away[OUTPUT_TIME_LEN])
{
	struct output_value v = {.kind = OUTPUT_TEXT, .text = exact, .people = away};

	timestamp_format(t, exact);
	output_time(t, now, away);
	return v;
}

/** put_addresses() - values that follow from number, endpoint and configuration */
static void put_addresses(const struct config *config, struct view *v)
{
	const struct lease_tunnel *tunnel = &v->lease.tunnel;

	pool_addresses_of(config, v->pool, v->lease.number, tunnel, &v->ipv6);
	addr_format6(&v->ipv6.client, v->address);
	v->values[VIEW_ADDRESS] = OUTPUT_TEXT_VALUE(v->address);
	if (v->ipv6.prefix.len) {
		prefix6_format(&v->ipv6.prefix, v->prefix);
		v->values[VIEW_PREFIX] = OUTPUT_TEXT_VALUE(v->prefix);
	}
}

/** put_tunnel() - values that a free lease lacks */
static void put_tunnel(const struct config *config, time_t now, struct view *v)
{
	const struct lease_tunnel *tunnel = &v->lease.tunnel;

	if (v->pool == POOL_USERS)
		v->values[VIEW_USER] = OUTPUT_TEXT_VALUE(v->lease.owner);
	endpoint_format(&tunnel->endpoint, v->endpoint);
	v->values[VIEW_ENDPOINT] = OUTPUT_TEXT_VALUE(v->endpoint);
	v->values[VIEW_MODE] = OUTPUT_TEXT_VALUE(tunnel_type_name(tunnel->mode));
	put_addresses(config, v);
	v->values[VIEW_GRANTED] =
		put_time(tunnel->granted, now, v->granted, v->granted_ago);
	v->values[VIEW_EXPIRES] =
		put_time(tunnel->expires, now, v->expires, v->expires_in);
	if (tunnel->heard)
		v->values[VIEW_HEARD] =
			put_time(tunnel->heard, now, v->heard, v->heard_ago);
}

/**
 * view_make() - make all values of a row except traffic
 * @store:	Store, with configuration and clock
 * @pool:	The lease's pool
 * @lease:	Lease as its line says
 * @out:	Result; its values point into it, so it must stay where it is
 *
 * Return: 0; -1 with errno, logged: the lock of the lease cannot be read
 */
int view_make(struct store *store, enum pool_kind pool, const struct lease *lease,
	      struct view *out)
{
	time_t now = store->now();
	int held = 0, i;

	out->pool = pool;
	out->lease = *lease;
	if (lease->state == LEASE_OFFERED)
		held = table_is_held(&store->tables[pool], lease->number);
	if (held < 0)
		return -1;
	if (!held)
		lease_settle(&out->lease);
	out->active = lease_is_active(&out->lease, now);

	for (i = 0; i < VIEW_FIELDS; i++)
		out->values[i] = OUTPUT_NO_VALUE;
	snprintf(out->name, sizeof(out->name), "%s/%u", pool_name(pool), lease->number);
	out->values[VIEW_NAME] = OUTPUT_TEXT_VALUE(out->name);
	out->values[VIEW_POOL] = OUTPUT_TEXT_VALUE(pool_name(pool));
	out->values[VIEW_LEASE] = OUTPUT_NUMBER_VALUE(lease->number);
	out->values[VIEW_STATE] = OUTPUT_TEXT_VALUE(view_state(&out->lease, now));
	if (lease->state != LEASE_FREE)
		put_tunnel(store->config, now, out);
	return 0;
}

/** put_counter() - a counter, if the template has printed it */
static struct output_value put_counter(const struct traffic *traffic,
				       enum traffic_counter counter, char *people)
{
	struct output_value v = OUTPUT_NO_VALUE;

	if (!traffic->known[counter])
		return v;
	v = OUTPUT_NUMBER_VALUE(traffic->count[counter]);
	if (people)
		v.people = output_bytes(traffic->count[counter], people);
	return v;
}

/** view_traffic() - add the counters of the tunnel */
void view_traffic(struct view *v, const struct traffic *traffic)
{
	v->values[VIEW_RX_BYTES] = put_counter(traffic, TRAFFIC_RX_BYTES, v->rx);
	v->values[VIEW_TX_BYTES] = put_counter(traffic, TRAFFIC_TX_BYTES, v->tx);
	v->values[VIEW_RX_PACKETS] = put_counter(traffic, TRAFFIC_RX_PACKETS, NULL);
	v->values[VIEW_TX_PACKETS] = put_counter(traffic, TRAFFIC_TX_PACKETS, NULL);
}
