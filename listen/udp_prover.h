/* SPDX-License-Identifier: MIT */
/* udp_prover.h - clients with an offer that takes no state: ping them, hear them */
#ifndef LISTEN_UDP_PROVER_H
#define LISTEN_UDP_PROVER_H

#include "listen/udp_peers.h"
#include "listen/udp_pinger.h"
#include "listen/udp_presence.h"
#include "listen/udp_service.h"

/** struct udp_prover - secrets, and who is to be pinged */
struct udp_prover {
	const struct udp_service *service;
	struct udp_presence presence;
	struct udp_pinger pinger;
};

void udp_prover_init(struct udp_prover *p, const struct udp_service *service);
void udp_prover_accepted(struct udp_prover *p, struct udp_peer *peer, int64_t now);
void udp_prover_hear(struct udp_prover *p, struct udp_peers *peers,
		     const struct udp_path *path, char *packet, size_t len, int64_t now);
void udp_prover_ping(struct udp_prover *p, struct udp_peers *peers, int64_t now);
int64_t udp_prover_next(const struct udp_prover *p);

#endif
