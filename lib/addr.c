/* SPDX-License-Identifier: MIT */
/* addr.c - IPv4 and IPv6 addresses: parse, format, compute */
#include "lib/addr.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/format.h"

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
 * addr_format4() - dotted quad
 * @a:		Address
 * @out:	Result, NUL-terminated
 *
 * Return: its length
 */
size_t addr_format4(struct in_addr a, char out[INET_ADDRSTRLEN])
{
	uint32_t n = ntohl(a.s_addr);
	char *p = out, octet[FORMAT_U64_LEN];
	int shift;

	for (shift = 24; shift >= 0; shift -= 8) {
		size_t len = format_u64(n >> shift & 0xff, octet);

		memcpy(p, octet, len);
		p += len;
		*p++ = '.';
	}
	*--p = '\0';
	return (size_t)(p - out);
}

/** longest_zeros() - the longest run of zero groups, the first of equals; its length */
static int longest_zeros(const unsigned group[8], int *first)
{
	int i, run = 0, best = 0;

	for (i = 0; i < 8; i++) {
		run = group[i] ? 0 : run + 1;
		if (run > best) {
			best = run;
			*first = i - run + 1;
		}
	}
	return best;
}

/** put_group() - up to four hexadecimal digits without leading zeros; where they end */
static char *put_group(char *p, unsigned group)
{
	int shift;

	for (shift = 12; shift > 0 && !(group >> shift); shift -= 4)
		;
	for (; shift >= 0; shift -= 4)
		*p++ = "0123456789abcdef"[group >> shift & 15];
	return p;
}

/**
 * addr_format6() - the text of RFC 5952
 * @a:		Address
 * @out:	Result, NUL-terminated
 *
 * Return: its length
 */
size_t addr_format6(const struct in6_addr *a, char out[INET6_ADDRSTRLEN])
{
	unsigned group[8];
	int i, zeros, first = 8;
	const uint8_t *byte = a->s6_addr;
	char *p = out;

	for (i = 0; i < 8; i++, byte += 2)
		group[i] = (unsigned)byte[0] << 8 | byte[1];
	zeros = longest_zeros(group, &first);
	if (!first && zeros >= 5) /* "::192.0.2.1" and "::ffff:192.0.2.1" are rare */
		return strlen(inet_ntop(AF_INET6, a, out, INET6_ADDRSTRLEN));
	for (i = 0; i < 8; i++) {
		if (zeros > 1 && i == first) {
			*p++ = ':';
			i += zeros - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i)
			*p++ = ':';
		p = put_group(p, group[i]);
	}
	*p = '\0';
	return (size_t)(p - out);
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
	uint64_t half;

	memcpy(&half, a->s6_addr + (which ? sizeof(half) : 0), sizeof(half));
	return be64toh(half);
}
