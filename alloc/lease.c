/* SPDX-License-Identifier: MIT */
/* lease.c - states of a lease, and how time and the end of a session change them */
#include "alloc/lease.h"

#include <string.h>

static const char *const states[] = {
	[LEASE_FREE] = "free",       [LEASE_OFFERED] = "offered",
	[LEASE_CLAIMED] = "claimed", [LEASE_PRESENT] = "present",
	[LEASE_EXPIRED] = "expired",
};
_Static_assert(sizeof(states) / sizeof(states[0]) == LEASE_STATES,
	       "a name for each state");

/** lease_state_name() - name of a state, as in the file */
const char *lease_state_name(enum lease_state state)
{
	return states[state];
}

/**
 * lease_settle() - resolve an offer whose session has died
 * @lease:	Lease of a line that no process holds; only an offer changes
 *
 * The accepted tunnel before the offer counts again, with its expiry. Without one the offer
 * never became a lease: it ended when it was made.
 */
void lease_settle(struct lease *lease)
{
	if (lease->state != LEASE_OFFERED)
		return;
	if (lease->before.mode != TUNNEL_NONE) {
		lease->state = lease->before_state;
		lease->tunnel = lease->before;
	} else {
		lease->state = LEASE_EXPIRED;
		lease->tunnel.expires = lease->tunnel.granted;
	}
	lease->before_state = LEASE_FREE;
	memset(&lease->before, 0, sizeof(lease->before));
}

/** lease_end() - end a lease whose tunnel is down, now unless its expiry is earlier */
void lease_end(struct lease *lease, time_t now)
{
	lease_settle(lease);
	lease->state = LEASE_EXPIRED;
	lease->tunnel.maybe_up = false;
	if (lease->tunnel.expires > now)
		lease->tunnel.expires = now;
}

/** lease_in_use() - offered or accepted according to its line: neither free nor expired */
bool lease_in_use(const struct lease *lease)
{
	return lease->state == LEASE_OFFERED || lease_is_accepted(lease);
}

/** lease_is_accepted() - its client has accepted it and it has not been ended */
bool lease_is_accepted(const struct lease *lease)
{
	return lease->state == LEASE_CLAIMED || lease->state == LEASE_PRESENT;
}

/** lease_is_active() - accepted and not past its expiry */
bool lease_is_active(const struct lease *lease, time_t now)
{
	return lease_is_accepted(lease) && lease->tunnel.expires > now;
}

/**
 * lease_is_present() - the client's secret is heard; no other function decides it
 *
 * The state says so until tspctl expire, which looks each minute, finds that the secret was
 * not heard for LEASE_PRESENCE_SECONDS and makes the lease claimed. The time in @heard can be
 * older, since it is not written each time.
 */
bool lease_is_present(const struct lease *lease, time_t now)
{
	return lease->state == LEASE_PRESENT && lease_is_active(lease, now);
}

/**
 * lease_has_place() - a tunnel has this endpoint
 * @tunnel:	Tunnel
 * @endpoint:	The client's end
 * @server:	The server's end; 0.0.0.0: unknown, as in old leases
 *
 * A port belongs to a client only towards one address of the server: a NAT may give the same
 * port to another client of another address.
 */
bool lease_has_place(const struct lease_tunnel *tunnel, const struct endpoint *endpoint,
		     struct in_addr server)
{
	if (tunnel->mode == TUNNEL_NONE || !endpoint_equal(&tunnel->endpoint, endpoint))
		return false;
	return !endpoint->port || !server.s_addr || !tunnel->server.s_addr ||
	       server.s_addr == tunnel->server.s_addr;
}

/** lease_same_place() - both tunnels have the same endpoint: only one of them can work */
bool lease_same_place(const struct lease_tunnel *a, const struct lease_tunnel *b)
{
	return lease_has_place(a, &b->endpoint, b->server);
}

/** lease_same_tunnel() - building one gives the other: only their times differ */
bool lease_same_tunnel(const struct lease_tunnel *a, const struct lease_tunnel *b)
{
	return a->mode == b->mode && lease_same_place(a, b) &&
	       a->prefix_len == b->prefix_len;
}
