/* SPDX-License-Identifier: MIT */
/* udp_header.h - the 8 bytes before each signalling datagram, and what a datagram is by its first */
#ifndef TSP_UDP_HEADER_H
#define TSP_UDP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UDP_HEADER_LEN   8
#define UDP_DATAGRAM_MAX 4096 /* bytes, header included: no client has room for more */
#define UDP_MESSAGE_MAX  (UDP_DATAGRAM_MAX - UDP_HEADER_LEN)

/** enum udp_kind - what came on the port */
enum udp_kind {
	UDP_SIGNALLING,
	UDP_PACKET, /* IPv6: the kernel takes those of tunnels it knows, this is of none */
	UDP_SHORT,  /* not even a header */
	UDP_LONG,   /* over UDP_DATAGRAM_MAX */
	UDP_FOREIGN, /* neither signalling nor IPv6 */
	UDP_KINDS,
};

/**
 * struct udp_header - what a reply repeats unaltered
 * @sequence:	Its top four bits are ones; the same again: the client had no answer
 * @timestamp:	Milliseconds by the client's own clock
 */
struct udp_header {
	uint32_t sequence;
	uint32_t timestamp;
};

enum udp_kind udp_header_read(const void *datagram, size_t len, struct udp_header *out);
void udp_header_write(const struct udp_header *header, uint8_t out[UDP_HEADER_LEN]);
bool udp_header_sequence_after(uint32_t a, uint32_t b);
bool udp_header_later(uint32_t a, uint32_t b);

#endif
