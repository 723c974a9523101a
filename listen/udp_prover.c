/* SPDX-License-Identifier: MIT */
/*
 * udp_prover.c - clients with an offer that takes no state: ping them, hear them
 *
 * After accept a client is pinged a few times from the secret address of its offer, and it
 * may ping that address itself. Once either comes back the starter has its tunnel built.
 */
#include "listen/udp_prover.h"

#include <time.h>

#include "lib/presence.h"
#include "listen/udp_socket.h"
#include "listen/udp_starter.h"

/** udp_prover_init() - nobody is to be pinged yet */
void udp_prover_init(struct udp_prover *p, const struct udp_service *service)
{
	p->service = service;
	p->presence = service->presence;
}

/** udp_prover_accepted() - a client has accepted: ping it from now on */
void udp_prover_accepted(struct udp_prover *p, struct udp_peer *peer, int64_t now)
{
	peer->promised = false;
	if (!p->presence.served)
		return;
	peer->epoch = presence_epoch(time(NULL));
	udp_pinger_add(&p->pinger, &peer->path, now);
}

/** send_packet() - an IPv6 packet in UDP */
static void send_packet(const struct udp_prover *p, const struct udp_path *path,
			const void *packet, size_t len)
{
	udp_socket_send(p->service->listeners[path->socket].fd, NULL, 0, packet, len,
			&path->client, path->server.addr);
}

/**
 * udp_prover_hear() - an IPv6 packet of no tunnel: it may prove that a client is there
 * @p:		Prover
 * @peers:	Conversations
 * @path:	Path that it came by
 * @packet:	Packet; is overwritten
 * @len:	Its length in bytes
 * @now:	Time in milliseconds
 */
void udp_prover_hear(struct udp_prover *p, struct udp_peers *peers,
		     const struct udp_path *path, char *packet, size_t len, int64_t now)
{
	uint64_t epoch = udp_presence_hear(&p->presence, path, packet, &len, time(NULL));
	struct udp_peer *peer;

	if (!epoch)
		return;
	peers->heard = now;
	peer = udp_peers_find(peers, path);
	if (peer)
		peer->epoch = 0; /* no more pings */
	if (len)
		send_packet(p, path, packet, len);
	if (udp_presence_first(&p->presence, path, now))
		udp_starter_proven(p->service->starter, path, epoch);
}

/** udp_prover_ping() - ping those whose time it is, and who were not heard yet */
void udp_prover_ping(struct udp_prover *p, struct udp_peers *peers, int64_t now)
{
	uint8_t packet[UDP_PRESENCE_PING];
	struct udp_peer *peer;
	struct udp_path path;

	while (udp_pinger_take(&p->pinger, now, &path)) {
		peer = udp_peers_find(peers, &path);
		if (!peer || !peer->epoch ||
		    !udp_peers_may_send(peers, peer, 0, sizeof(packet)))
			continue;
		udp_presence_ping(&p->presence, &path, peer->epoch, packet);
		send_packet(p, &path, packet, sizeof(packet));
	}
}

/** udp_prover_next() - when the next ping is due; INT64_MAX: none is */
int64_t udp_prover_next(const struct udp_prover *p)
{
	return udp_pinger_next(&p->pinger);
}
