/* SPDX-License-Identifier: MIT */
/* contest.h - whether a newcomer gets an IPv4 endpoint that has a holder */
#ifndef ALLOC_CONTEST_H
#define ALLOC_CONTEST_H

#include <stdbool.h>

#include "alloc/lease.h"
#include "alloc/pool.h"

/**
 * enum contest_holder - what is known about the holder of an endpoint
 * @CONTEST_UNPROVEN:	Its signalling proved nothing, as over UDP by PLAIN
 * @CONTEST_CLAIMED:	Its signalling proved that it was there: its secret was never heard,
 *			or is silent now
 * @CONTEST_PRESENT:	Its secret is heard
 */
enum contest_holder { CONTEST_UNPROVEN, CONTEST_CLAIMED, CONTEST_PRESENT };

/**
 * struct contest - a newcomer at an endpoint, and its holder
 * @proven:	The newcomer's signalling proved that it is there: TCP, DIGEST-MD5, or its
 *		secret was heard
 * @newcomer:	Pool of the newcomer
 * @holder:	Pool of the holder
 * @known:	What is known about the holder
 * @mode:	TUNNEL_V6V4 or TUNNEL_V6UDPV4, for both
 * @rule:	[server] conflict
 */
struct contest {
	bool proven;
	enum pool_kind newcomer, holder;
	enum contest_holder known;
	enum tunnel_type mode;
	enum conflict rule;
};

enum contest_holder contest_holder(enum lease_state state,
				   const struct lease_tunnel *tunnel);
bool contest_newcomer_wins(const struct contest *c);

#endif
