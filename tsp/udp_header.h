/* SPDX-License-Identifier: MIT */
/* udp_header.h - the 8-byte header of signalling datagrams; telling datagrams apart */
#ifndef TSP_UDP_HEADER_H
#define TSP_UDP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UDP_HEADER_LEN   8
#define UDP_DATAGRAM_MAX 4096 /* bytes with the header: clients' buffers are no larger */
#define UDP_MESSAGE_MAX  (UDP_DATAGRAM_MAX - UDP_HEADER_LEN)

/** enum udp_kind - kind of a datagram */
enum udp_kind {
	UDP_SIGNALLING,
	UDP_PACKET, /* IPv6; the kernel takes those of tunnels, this one belongs to no tunnel */
	UDP_SHORT, /* shorter than a header */
	UDP_LONG,  /* over UDP_DATAGRAM_MAX */
	UDP_KINDS,
};

/**
 * struct udp_header - header of a message; its answer has the same
 * @sequence:	Number of the message; its top four bits are ones (RFC 5572, 4.2), and stay
 *		what they are with a client that sets others
 * @timestamp:	Milliseconds by the client's clock; a repetition has a later one
 * @little_endian:	Both are written with the least significant byte first, as tspc 2.1.1
 *		does on most machines; the RFC's order is the other one
 */
struct udp_header {
	uint32_t sequence;
	uint32_t timestamp;
	bool little_endian;
};

enum udp_kind udp_header_read(const void *datagram, size_t len, struct udp_header *out);
void udp_header_write(const struct udp_header *header, uint8_t out[UDP_HEADER_LEN]);
void udp_header_swap(struct udp_header *header);
uint32_t udp_header_next(uint32_t sequence);
bool udp_header_sequence_after(uint32_t a, uint32_t b);
bool udp_header_later(uint32_t a, uint32_t b);

#endif
