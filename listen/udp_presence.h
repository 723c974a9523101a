/* SPDX-License-Identifier: MIT */
/* udp_presence.h - hear the secret of an offer that takes no state */
#ifndef LISTEN_UDP_PRESENCE_H
#define LISTEN_UDP_PRESENCE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "lib/config.h"
#include "listen/udp_message.h"

#define UDP_PRESENCE_PING   48   /* bytes of a ping */
#define UDP_PRESENCE_RECENT 1024 /* a power of two */

/** struct udp_presence - what is needed to know a secret again */
struct udp_presence {
	bool served;             /* there are such offers */
	uint64_t key[2];         /* of the server, presence_key() */
	struct in6_addr network; /* of keepalive addresses, a /64 */
	bool shared; /* with leases: the highest bit of the identifier is set */
	struct in6_addr (*client_of)(const struct endpoint *client); /* in the tunnel */
	struct {
		uint64_t path; /* hash of a path that was heard ... */
		int64_t until; /* ... and counts as heard till then, milliseconds */
	} recent[UDP_PRESENCE_RECENT];
};

int udp_presence_init(struct udp_presence *p, const struct config *config,
		      struct in6_addr (*client_of)(const struct endpoint *client));
uint64_t udp_presence_hear(const struct udp_presence *p, const struct udp_path *path,
			   void *packet, size_t *len, time_t now);
void udp_presence_ping(const struct udp_presence *p, const struct udp_path *path,
		       uint64_t epoch, uint8_t out[UDP_PRESENCE_PING]);
bool udp_presence_first(struct udp_presence *p, const struct udp_path *path, int64_t now);

#endif
