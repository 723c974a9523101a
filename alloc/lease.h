/* SPDX-License-Identifier: MIT */
/* lease.h - a lease and its line in the allocation file (tsp-leases(5)) */
#ifndef ALLOC_LEASE_H
#define ALLOC_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "lib/endpoint.h"
#include "lib/parse.h"
#include "lib/tunnel_type.h"

#define LEASE_LINE_LEN      512 /* bytes of a line, its newline included */
#define LEASE_KEY_LEN       45  /* 44 characters of base64 and NUL */
#define LEASE_PROOF_SECONDS 120 /* lifetime of a lease whose client is unproven */
#define LEASE_PRESENCE_SECONDS                                                           \
	120 /* after its secret was last heard a client is not present */

/**
 * enum lease_state - state of a lease in its line
 * @LEASE_FREE:		never assigned -> offered
 * @LEASE_OFFERED:	a session holds the line's lock and waits for accept -> claimed or
 *			present, or back to its earlier state; without that lock the session
 *			died: lease_settle() gives the state that counts
 * @LEASE_CLAIMED:	accepted by a client whose secret has not come back through the tunnel,
 *			or has been silent for LEASE_PRESENCE_SECONDS -> present, offered
 *			(update), expired
 * @LEASE_PRESENT:	accepted by a client whose secret is heard -> claimed when it is heard
 *			no more, offered (update), expired
 * @LEASE_EXPIRED:	ended, kept for its owner until another client needs it -> offered
 */
enum lease_state {
	LEASE_FREE,
	LEASE_OFFERED,
	LEASE_CLAIMED,
	LEASE_PRESENT,
	LEASE_EXPIRED,
	LEASE_STATES,
};

/**
 * struct lease_tunnel - the part of a lease that an update replaces
 * @mode:	Type; TUNNEL_NONE: no tunnel
 * @endpoint:	The client's end
 * @server:	The server's end; 0.0.0.0: unknown
 * @prefix_len:	Length of the delegated prefix; 0: a host
 * @maybe_up:	The kernel may have the tunnel: no teardown has succeeded yet
 * @slot:	Its place among the tunnels of its IPv4 address (slot.c)
 * @granted:	Time of the first accept; in an offer, of the offer
 * @expires:	Time of its expiry or end
 * @heard:	Time of the last proof that the client is at its endpoint: by its signalling
 *		(TCP, DIGEST-MD5), of a present lease by its secret; 0: never
 * @secret:	Secret that proves the client's presence; 0: none. Never shown.
 * @key:	The client's public key in base64; empty: none
 */
struct lease_tunnel {
	enum tunnel_type mode;
	struct endpoint endpoint;
	struct in_addr server;
	uint8_t prefix_len;
	bool maybe_up;
	uint16_t slot;
	time_t granted;
	time_t expires;
	time_t heard;
	uint64_t secret;
	char key[LEASE_KEY_LEN];
};

/**
 * struct lease - contents of a lease line
 * @number:		From 1
 * @state:		State
 * @owner:		User id; anonymous: the endpoint as text; free: empty
 * @tunnel:		The tunnel; free: none
 * @before_state:	Of an offer: claimed or present, or LEASE_FREE without @before
 * @before:		Of an offer: the accepted tunnel that it would replace, or none
 * @rival:		IPv4 address that the tunnel was taken from while a client was there;
 *			0.0.0.0: none (rival.c)
 * @rival_told:		The client there has taken it back since
 */
struct lease {
	uint32_t number;
	enum lease_state state;
	char owner[USER_ID_MAX + 1];
	struct lease_tunnel tunnel;
	enum lease_state before_state;
	struct lease_tunnel before;
	struct in_addr rival;
	bool rival_told;
};

const char *lease_state_name(enum lease_state state);
int lease_encode(const struct lease *lease, char line[LEASE_LINE_LEN]);
int lease_decode(const char line[LEASE_LINE_LEN], uint32_t number, struct lease *out,
		 const char **why);
const char *lease_read(const char line[LEASE_LINE_LEN], uint32_t number,
		       struct lease *out);
void lease_settle(struct lease *lease);
void lease_end(struct lease *lease, time_t now);
bool lease_in_use(const struct lease *lease);
bool lease_is_accepted(const struct lease *lease);
bool lease_is_active(const struct lease *lease, time_t now);
bool lease_is_present(const struct lease *lease, time_t now);
bool lease_has_place(const struct lease_tunnel *tunnel, const struct endpoint *endpoint,
		     struct in_addr server);
bool lease_same_place(const struct lease_tunnel *a, const struct lease_tunnel *b);
bool lease_same_tunnel(const struct lease_tunnel *a, const struct lease_tunnel *b);

#endif
