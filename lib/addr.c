/* SPDX-License-Identifier: MIT */
/* addr.c - IPv4 and IPv6 addresses: parse, format, compute */
#include "lib/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/**
 * addr_parse4() - dotted quad, nothing else: no leading zeros, no short forms
 *
 * Return: 0, or -1 with EINVAL
 */
int addr_parse4(const char *text, struct in_addr *out)
{
	if (inet_pton(AF_INET, text, out) == 1)
		return 0;
	errno = EINVAL;
	return -1;
}

/**
 * addr_parse6() - an IPv6 address without zone
 *
 * Return: 0, or -1 with EINVAL
 */
int addr_parse6(const char *text, struct in6_addr *out)
{
	if (inet_pton(AF_INET6, text, out) == 1)
		return 0;
	errno = EINVAL;
	return -1;
}

/**
 * addr_format6_full() - all eight groups, zero-padded, as TSP clients need it
 * @a:		Address
 * @out:	Result, NUL-terminated
 */
void addr_format6_full(const struct in6_addr *a, char out[ADDR6_FULL_LEN])
{
	const uint8_t *b = a->s6_addr;

	snprintf(
		out, ADDR6_FULL_LEN,
		"%02x%02x:%02x%02x:%02x%02x:%02x%02x:%02x%02x:%02x%02x:%02x%02x:%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		b[12], b[13], b[14], b[15]);
}

/**
 * addr6_add() - add @n to the number that ends at bit @bit of an address
 * @a:		Address
 * @n:		What to add
 * @bit:	Bits after this one, counted from the left, are left alone (1 to 128)
 *
 * addr6_add(prefix, i, 56) is the i-th /56 of a shorter prefix; with 128 it is the
 * i-th address. Overflow of the whole address wraps.
 *
 * Return: the sum
 */
struct in6_addr addr6_add(struct in6_addr a, uint32_t n, unsigned bit)
{
	unsigned shift = (128 - bit) % 8;
	uint64_t carry = (uint64_t)n << shift;
	int i;

	for (i = (int)(bit - 1) / 8; i >= 0 && carry; i--) {
		carry += a.s6_addr[i];
		a.s6_addr[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return a;
}

/**
 * addr6_bits() - read a number out of an address
 * @a:		Address
 * @bit:	First bit, counted from the left, from 0
 * @count:	Number of bits, at most 32
 *
 * Return: the number in those bits
 */
uint32_t addr6_bits(const struct in6_addr *a, unsigned bit, unsigned count)
{
	uint32_t n = 0;

	for (; count; count--, bit++)
		n = n << 1 | (a->s6_addr[bit / 8] >> (7 - bit % 8) & 1);
	return n;
}

/**
 * addr6_half() - 64 bits of an address
 * @a:		Address
 * @which:	0: the first half, 1: the second
 *
 * Return: the bits as a number, the first one the most significant
 */
uint64_t addr6_half(const struct in6_addr *a, unsigned which)
{
	return (uint64_t)addr6_bits(a, 64 * which, 32) << 32 |
	       addr6_bits(a, 64 * which + 32, 32);
}
