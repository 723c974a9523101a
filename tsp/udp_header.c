/* SPDX-License-Identifier: MIT */
/* udp_header.c - the 8-byte header of signalling datagrams; telling datagrams apart */
#include "tsp/udp_header.h"

#define NIBBLE_SIGNALLING 0xf
#define NIBBLE_IPV6       6

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)(n >> 24);
	p[1] = (uint8_t)(n >> 16);
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
}

/**
 * udp_header_swap() - read both numbers in the other byte order
 *
 * A number can look right in either order; the order of the conversation's first message
 * decides.
 */
void udp_header_swap(struct udp_header *header)
{
	header->sequence = __builtin_bswap32(header->sequence);
	header->timestamp = __builtin_bswap32(header->timestamp);
	header->little_endian = !header->little_endian;
}

/**
 * udp_header_read() - classify a datagram and read its header
 * @datagram:	Its first bytes, min(@len, UDP_HEADER_LEN) at least
 * @len:	Length of the whole datagram in bytes, also if it was cut off
 * @out:	Result, for UDP_SIGNALLING only
 *
 * Whatever is not IPv6 may be signalling: clients have written the sequence in the wrong byte
 * order, and a first message that says neither VERSION nor ECHO REQUEST gets no answer.
 */
enum udp_kind udp_header_read(const void *datagram, size_t len, struct udp_header *out)
{
	const uint8_t *p = datagram;

	if (len < UDP_HEADER_LEN)
		return UDP_SHORT;
	if (p[0] >> 4 == NIBBLE_IPV6)
		return UDP_PACKET;
	if (len > UDP_DATAGRAM_MAX)
		return UDP_LONG;
	*out = (struct udp_header){get32(p), get32(p + 4), false};
	if (p[0] >> 4 != NIBBLE_SIGNALLING && p[3] >> 4 == NIBBLE_SIGNALLING)
		udp_header_swap(out);
	return UDP_SIGNALLING;
}

/** udp_header_write() - write the header of an answer */
void udp_header_write(const struct udp_header *header, uint8_t out[UDP_HEADER_LEN])
{
	struct udp_header h = *header;

	if (h.little_endian)
		udp_header_swap(&h);
	put32(out, h.sequence);
	put32(out + 4, h.timestamp);
}

/** udp_header_next() - the only sequence number that a new message may have after this one */
uint32_t udp_header_next(uint32_t sequence)
{
	return (sequence & 0xf0000000) | ((sequence + 1) & 0x0fffffff);
}

/** udp_header_sequence_after() - @a comes after @b, counted in the 28 bits below the nibble */
bool udp_header_sequence_after(uint32_t a, uint32_t b)
{
	return (int32_t)((a << 4) - (b << 4)) > 0;
}

/** udp_header_later() - @a is later than @b by a clock that may have wrapped */
bool udp_header_later(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}
