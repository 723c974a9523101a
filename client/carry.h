/* SPDX-License-Identifier: MIT */
/* carry.h - packets between a tun device and a socket, many at a time */
#ifndef CLIENT_CARRY_H
#define CLIENT_CARRY_H

#include <stdbool.h>
#include <stdint.h>

#include "client/ping.h"

#define CARRY_TUN_FLAGS IFF_VNET_HDR /* each packet follows a struct virtio_net_hdr */

/*
 * Bytes of a long packet from the device: its segments, with a header each, have not more
 * than the 65,000 bytes that leave by one call
 */
#define CARRY_LONG_MAX 61000

/** struct carry_counters - since the tunnel began; rx is what the server sent */
struct carry_counters {
	uint64_t rx_packets, rx_bytes, rx_dropped;
	uint64_t tx_packets, tx_bytes, tx_dropped;
};

/**
 * struct carry - a tunnel's packets
 * @tun:	Device
 * @wire:	Connected socket: UDP, or raw with protocol 41
 * @raw:	It is the latter
 * @apart:	The socket cannot send many packets by one call
 * @ping:	Keepalive, whose answers are picked out
 * @gone:	errno when device or socket has failed; 0: both work
 */
struct carry {
	int tun, wire;
	bool raw;
	bool apart;
	struct ping *ping;
	struct carry_counters counters;
	int gone;
};

int carry_set_up(int tun);
void carry_prepare(int wire, bool raw);
void carry_out(struct carry *c);
bool carry_in(struct carry *c);
void carry_send(struct carry *c, const void *packet, size_t len);

#endif
