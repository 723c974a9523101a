/* SPDX-License-Identifier: MIT */
/*
 * checksum.c - the internet checksum (RFC 1071) over long packets
 *
 * Sums are of 32-bit words in the order of memory, in 64 bits, which collect the carries:
 * the result does not depend on the byte order (RFC 1071, 2.B). A part of a packet other
 * than the last has an even length.
 */
#include "client/checksum.h"

#include <arpa/inet.h>
#include <string.h>

/** checksum_add() - add bytes; the last one of an odd number is followed by a zero */
uint64_t checksum_add(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t a = 0, b = 0, c = 0, d = 0;
	uint64_t w[4];

	for (; len >= sizeof(w); len -= sizeof(w), p += sizeof(w)) {
		memcpy(w, p, sizeof(w));
		a += (w[0] & 0xffffffff) + (w[0] >> 32);
		b += (w[1] & 0xffffffff) + (w[1] >> 32);
		c += (w[2] & 0xffffffff) + (w[2] >> 32);
		d += (w[3] & 0xffffffff) + (w[3] >> 32);
	}
	for (; len; len -= len < 4 ? len : 4, p += 4) {
		uint32_t word = 0;

		memcpy(&word, p, len < 4 ? len : 4);
		a += word;
	}
	return sum + a + b + c + d;
}

/** checksum_pseudo() - the pseudo-header of an upper layer (RFC 8200, 8.1) */
uint64_t checksum_pseudo(const uint8_t *ipv6, uint32_t len, uint8_t next)
{
	return checksum_add(0, ipv6 + 8, 32) + htonl(len) + htonl(next);
}

/** checksum_fold() - a sum in 16 bits, in the order of memory; not complemented */
uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}
