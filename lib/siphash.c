/* SPDX-License-Identifier: MIT */
/* siphash.c - SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash for short inputs */
#include "lib/siphash.h"

#include <endian.h>
#include <string.h>

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], unsigned rounds)
{
	for (; rounds; rounds--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);

		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

/** load_le() - up to eight bytes as a little-endian number, on any machine */
static uint64_t load_le(const uint8_t *p, size_t len)
{
	uint64_t n = 0;

	memcpy(&n, p, len);
	return le64toh(n);
}

/**
 * siphash() - SipHash-2-4 of some bytes
 * @key:	Key, its bytes 0 to 7 and 8 to 15 as little-endian numbers
 * @data:	Input
 * @len:	Its length in bytes
 *
 * Without the key nobody can aim at a place, although clients choose their user ids.
 *
 * Return: 64 bits
 */
uint64_t siphash(const uint64_t key[2], const void *data, size_t len)
{
	const uint8_t *p = (const uint8_t *)data;
	uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
			 key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
	size_t left = len;
	uint64_t word;

	for (; left >= 8; left -= 8, p += 8) {
		word = load_le(p, 8);
		v[3] ^= word;
		sip_rounds(v, 2);
		v[0] ^= word;
	}

	word = (uint64_t)len << 56 | load_le(p, left);
	v[3] ^= word;
	sip_rounds(v, 2);
	v[0] ^= word;

	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
