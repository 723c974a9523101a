/* SPDX-License-Identifier: MIT */
/* displace.c - take down displaced tunnels; restore them on failure */
#include "broker/displace.h"

#include <time.h>

#include "broker/turn.h"
#include "lib/endpoint.h"

/**
 * displace_server() - the server's end of a session's tunnel
 * @b:		Broker
 * @mode:	Mode of the tunnel
 *
 * It is the address that the client connected to. The address that a datagram was sent to
 * says nothing about packets of protocol 41.
 *
 * Return: the address; 0.0.0.0: that of the route
 */
struct in_addr displace_server(const struct broker *b, enum tunnel_type mode)
{
	if (b->config->local.s_addr)
		return b->config->local;
	if (b->peer->udp && mode == TUNNEL_V6V4)
		return (struct in_addr){INADDR_ANY};
	return b->peer->server;
}

/**
 * displace_describe() - tunnel_describe() with the addresses of the server's end
 * @b:		Broker
 * @pool:	The lease's pool
 * @lease:	The lease
 * @part:	Which of its tunnels: &lease->tunnel or &lease->before
 * @out:	Result
 *
 * The lease names the address of the server's end, if it is known.
 */
void displace_describe(const struct broker *b, enum pool_kind pool,
		       const struct lease *lease, const struct lease_tunnel *part,
		       struct tunnel *out)
{
	tunnel_describe(b->config, pool, lease, part, displace_server(b, part->mode),
			out);
	if (out->server_port && b->peer->udp)
		out->server_port = b->peer->server_port;
}

/**
 * take_down() - take down every tunnel that a lease may have
 * @b:		Broker
 * @pool:	The lease's pool
 * @lease:	The lease as its line says. An ended lease has no tunnel; one that ran out, or
 *		whose session died, may have.
 * @keep:	Tunnel to spare; NULL: take down all
 *
 * Return: 0; -1 when the template failed: a tunnel may be left
 */
static int take_down(struct broker *b, enum pool_kind pool, const struct lease *lease,
		     const struct lease_tunnel *keep)
{
	const struct lease_tunnel *const parts[] = {&lease->tunnel, &lease->before};
	struct tunnel old;
	int r = 0;
	size_t i;

	if (!lease_in_use(lease))
		return 0;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i]->mode == TUNNEL_NONE ||
		    (keep && lease_same_tunnel(parts[i], keep)))
			continue;
		displace_describe(b, pool, lease, parts[i], &old);
		r |= turn_run(b->config, TEMPLATE_TEARDOWN, &old);
	}
	return r;
}

/** in_force() - settle a lease; true if it is active, and so has a tunnel */
static bool in_force(const struct lease *lease, struct lease *out)
{
	*out = *lease;
	lease_settle(out);
	return lease_is_active(out, time(NULL));
}

/** build_again() - build the tunnel of a lease, if the lease is in force */
static void build_again(struct broker *b, enum pool_kind pool, const struct lease *lease)
{
	struct lease settled;
	struct tunnel old;

	if (!in_force(lease, &settled))
		return;
	displace_describe(b, pool, &settled, &settled.tunnel, &old);
	turn_run(b->config, TEMPLATE_CREATION, &old);
}

/**
 * displace_take_down() - take down all tunnels that the tunnel of b->claim displaces
 * @b:		Broker with a held claim
 *
 * Return: 0; -1 when the template failed: a tunnel may be left
 */
int displace_take_down(struct broker *b)
{
	struct store_claim *c = &b->claim;
	int r = 0;
	size_t i;

	for (i = 0; i < c->displaced_count; i++)
		r |= take_down(b, c->displaced[i].pool, &c->displaced[i].lease, NULL);
	return take_down(b, c->pool, &c->before, &c->lease.tunnel) | r;
}

/**
 * displace_undo() - take b->tunnel down, build the displaced tunnels again
 * @b:		Broker with a held claim
 *
 * Return: 0; -1 when the template failed: b->tunnel may still be up
 */
int displace_undo(struct broker *b)
{
	struct store_claim *c = &b->claim;
	struct lease settled;
	int r = 0;
	size_t i;

	/* An update that changed nothing has nothing to undo: building the tunnel again
	 * repairs what a failed template left */
	if (!in_force(&c->before, &settled) ||
	    !lease_same_tunnel(&settled.tunnel, &c->lease.tunnel))
		r = turn_run(b->config, TEMPLATE_TEARDOWN, &b->tunnel);
	build_again(b, c->pool, &c->before);
	for (i = 0; i < c->displaced_count; i++)
		build_again(b, c->displaced[i].pool, &c->displaced[i].lease);
	return r;
}
