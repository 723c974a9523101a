/* SPDX-License-Identifier: MIT */
/*
 * contest.c - whether a newcomer gets an IPv4 endpoint that has a holder
 *
 *	newcomer			holder	unproven  claimed  present
 *	another, unproven		wins	  loses	   loses
 *	another, proven, v6udpv4	wins	  wins	   wins
 *	another, proven, v6v4		wins	  wins	   an account beats an anonymous client;
 *						   between accounts [server] conflict decides
 *
 * A NAT gives a port to one client at a time, so a proven newcomer at that port shows that
 * the holder has lost it. A holder of an IPv4 address may share it with others, so it keeps it
 * as long as its secret is heard. A holder that fell silent counts as claimed.
 *
 * A client's own lease is no holder (conflict.c).
 */
#include "alloc/contest.h"

/**
 * contest_holder() - what a lease tells about its client
 * @state:	State of the tunnel
 * @tunnel:	Tunnel
 *
 * An offer that a session holds counts as claimed if the client is proven.
 */
enum contest_holder contest_holder(enum lease_state state,
				   const struct lease_tunnel *tunnel)
{
	if (state == LEASE_PRESENT)
		return CONTEST_PRESENT;
	return tunnel->heard ? CONTEST_CLAIMED : CONTEST_UNPROVEN;
}

/** contest_newcomer_wins() - the table at the top of this file */
bool contest_newcomer_wins(const struct contest *c)
{
	if (c->known == CONTEST_UNPROVEN)
		return true;
	if (!c->proven)
		return false;
	if (c->mode == TUNNEL_V6UDPV4 || c->known == CONTEST_CLAIMED)
		return true;
	if (c->newcomer != POOL_USERS)
		return false;
	return c->holder == POOL_ANONYMOUS || c->rule == CONFLICT_REPLACE;
}
