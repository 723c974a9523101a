/* SPDX-License-Identifier: MIT */
/* displace.c - tunnels that a new one takes the place of, and their way back */
#include "broker/displace.h"

#include <time.h>

#include "broker/turn.h"
#include "lib/endpoint.h"

/** displace_describe() - tunnel_describe() with this session's server address */
void displace_describe(const struct broker *b, enum pool_kind pool,
		       const struct lease *lease, const struct lease_tunnel *part,
		       struct tunnel *out)
{
	tunnel_describe(b->config, pool, lease, part, b->peer->server, out);
	if (out->server_port && b->peer->udp)
		out->server_port = b->peer->server_port;
}

/**
 * take_down() - whatever the kernel may have of a lease
 * @b:		Broker
 * @pool:	The lease's pool
 * @lease:	The lease as its line says; one that was ended has no tunnel any more, one
 *		that ran out, or whose session died, may have
 * @keep:	Tunnel to spare; NULL: none
 *
 * Return: 0; -1 when the template failed: a tunnel is there still
 */
static int take_down(struct broker *b, enum pool_kind pool, const struct lease *lease,
		     const struct lease_tunnel *keep)
{
	const struct lease_tunnel *const parts[] = {&lease->tunnel, &lease->before};
	struct tunnel old;
	int r = 0;
	size_t i;

	if (lease->state != LEASE_ACTIVE && lease->state != LEASE_OFFERED)
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

/** in_force() - the lease as it counts without any session: true when it has a tunnel */
static bool in_force(const struct lease *lease, struct lease *out)
{
	*out = *lease;
	lease_settle(out);
	return lease_is_active(out, time(NULL));
}

/** build_again() - the tunnel of a lease that is in force; nothing for any other */
static void build_again(struct broker *b, enum pool_kind pool, const struct lease *lease)
{
	struct lease settled;
	struct tunnel old;

	if (!in_force(lease, &settled))
		return;
	displace_describe(b, pool, &settled, &settled.tunnel, &old);
	turn_run(b->config, TEMPLATE_CREATION, &old);
}

/** displace_take_down() - take down what the tunnel of b->claim would collide with; 0, or -1 */
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
 * displace_undo() - take b->tunnel down and build what stood in its way again
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

	/* An update that changed nothing has nothing to undo: building it again is the
	 * repair, whatever a failed template left */
	if (!in_force(&c->before, &settled) ||
	    !lease_same_tunnel(&settled.tunnel, &c->lease.tunnel))
		r = turn_run(b->config, TEMPLATE_TEARDOWN, &b->tunnel);
	build_again(b, c->pool, &c->before);
	for (i = 0; i < c->displaced_count; i++)
		build_again(b, c->displaced[i].pool, &c->displaced[i].lease);
	return r;
}
