/* SPDX-License-Identifier: MIT */
/* lease.h - a lease and its line in the allocation file (tsp-leases(5)) */
#ifndef ALLOC_LEASE_H
#define ALLOC_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "lib/parse.h"
#include "lib/endpoint.h"
#include "lib/tunnel_type.h"

#define LEASE_LINE_LEN      256 /* bytes of a line, its newline included */
#define LEASE_PROOF_SECONDS 120 /* lifetime of a lease whose client is unproven */

/**
 * enum lease_state - what a line says of its lease
 * @LEASE_FREE:		nobody ever had it -> offered
 * @LEASE_OFFERED:	a session holds the line's lock and waits for accept -> active, or
 *			back to what it was; without that lock the session died: treat it as
 *			what lease_settle() makes of it
 * @LEASE_ACTIVE:	the owner's until it expires -> offered (update), expired
 * @LEASE_EXPIRED:	ended, kept for its owner until somebody else needs it -> offered
 */
enum lease_state { LEASE_FREE, LEASE_OFFERED, LEASE_ACTIVE, LEASE_EXPIRED, LEASE_STATES };

/** struct lease_tunnel - the part of a lease that an update replaces */
struct lease_tunnel {
	enum tunnel_type mode;    /* TUNNEL_NONE: there is none */
	struct endpoint endpoint; /* the client's end */
	uint8_t prefix_len;       /* delegated length; 0: a host */
	time_t granted;           /* when it was first accepted; of an offer: offered */
	time_t expires;
};

/**
 * struct lease - what a line says
 * @number:	From 1
 * @state:	State
 * @owner:	User id; anonymous: the endpoint as text; free: empty
 * @tunnel:	The tunnel; free: none
 * @before:	Of an offer: the accepted tunnel that it would replace, or none
 */
struct lease {
	uint32_t number;
	enum lease_state state;
	char owner[USER_ID_MAX + 1];
	struct lease_tunnel tunnel;
	struct lease_tunnel before;
};

const char *lease_state_name(enum lease_state state);
int lease_encode(const struct lease *lease, char line[LEASE_LINE_LEN]);
int lease_decode(const char line[LEASE_LINE_LEN], uint32_t number, struct lease *out,
		 const char **why);
const char *lease_columns(const char line[LEASE_LINE_LEN], uint32_t number,
			  struct lease *out);
void lease_settle(struct lease *lease);
void lease_end(struct lease *lease, time_t now);
bool lease_is_active(const struct lease *lease, time_t now);
bool lease_same_tunnel(const struct lease_tunnel *a, const struct lease_tunnel *b);
bool lease_is_provisional(const struct lease *lease);

#endif
