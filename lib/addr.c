/* SPDX-License-Identifier: MIT */
/* addr.c - IPv4 and IPv6 addresses, prefixes and endpoints: parse, format, compare. */
#include "lib/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/parse.h"

/** endpoint_equal() - same address and same port */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->addr.s_addr == b->addr.s_addr && a->port == b->port;
}

/**
 * endpoint_format() - "192.0.2.7", or "192.0.2.7:40000" when there is a port
 * @e:		Endpoint
 * @out:	Result, NUL-terminated
 */
void endpoint_format(const struct endpoint *e, char out[ENDPOINT_LEN])
{
	char ip[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &e->addr, ip, sizeof(ip));
	if (e->port)
		snprintf(out, ENDPOINT_LEN, "%s:%u", ip, e->port);
	else
		snprintf(out, ENDPOINT_LEN, "%s", ip);
}

/**
 * endpoint_parse() - the reverse of endpoint_format()
 * @text:	"A.B.C.D" or "A.B.C.D:PORT", PORT from 1
 * @out:	Result
 *
 * Return: 0, or -1 with EINVAL
 */
int endpoint_parse(const char *text, struct endpoint *out)
{
	const char *colon = strchr(text, ':');
	char ip[INET_ADDRSTRLEN];
	uint32_t port = 0;
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	if (len >= sizeof(ip) || (colon && parse_u32(colon + 1, 1, UINT16_MAX, &port))) {
		errno = EINVAL; /* parse_u32() may have said ERANGE */
		return -1;
	}

	memcpy(ip, text, len);
	ip[len] = '\0';
	if (addr_parse4(ip, &out->addr))
		return -1;

	out->port = (uint16_t)port;
	return 0;
}

/**
 * endpoint_of_socket() - the IPv4 address and port of a socket address
 * @ss:		Address of an AF_INET socket, or an IPv4-mapped one of a dual-stack socket
 * @out:	Result
 *
 * Return: 0, or -1 with EAFNOSUPPORT for any other address
 */
int endpoint_of_socket(const struct sockaddr_storage *ss, struct endpoint *out)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;

	if (ss->ss_family == AF_INET) {
		out->addr = in->sin_addr;
		out->port = ntohs(in->sin_port);
		return 0;
	}
	if (ss->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		memcpy(&out->addr, in6->sin6_addr.s6_addr + 12, sizeof(out->addr));
		out->port = ntohs(in6->sin6_port);
		return 0;
	}
	errno = EAFNOSUPPORT;
	return -1;
}

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
 * clear_after() - tell whether bits after the first @len of an address are set
 * @bytes:	Address, network byte order
 * @size:	Its size in bytes
 * @len:	Prefix length in bits
 */
static bool clear_after(const uint8_t *bytes, size_t size, unsigned len)
{
	size_t i;

	for (i = len / 8; i < size; i++) {
		uint8_t mask = i == len / 8 ? (uint8_t)(0xff >> (len % 8)) : 0xff;

		if (bytes[i] & mask)
			return false;
	}
	return true;
}

/**
 * prefix_split() - "ADDRESS/LEN" into a NUL-terminated address and a length
 * @text:	Input
 * @max:	Longest length allowed
 * @addr:	Result, address part
 * @size:	Size of @addr in bytes
 * @len:	Result, length
 *
 * Return: 0, or -1 with EINVAL
 */
static int prefix_split(const char *text, unsigned max, char *addr, size_t size,
			uint8_t *len)
{
	const char *slash = strchr(text, '/');
	uint32_t n;

	if (!slash || (size_t)(slash - text) >= size ||
	    parse_u32(slash + 1, 0, max, &n)) {
		errno = EINVAL;
		return -1;
	}

	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = '\0';
	*len = (uint8_t)n;
	return 0;
}

/**
 * prefix4_parse() - "A.B.C.D/LEN" with no bit set after LEN
 *
 * Return: 0, or -1 with EINVAL
 */
int prefix4_parse(const char *text, struct prefix4 *out)
{
	char addr[INET_ADDRSTRLEN];

	if (prefix_split(text, 32, addr, sizeof(addr), &out->len) ||
	    addr_parse4(addr, &out->addr))
		return -1;
	if (clear_after((const uint8_t *)&out->addr, sizeof(out->addr), out->len))
		return 0;
	errno = EINVAL;
	return -1;
}

/**
 * prefix6_parse() - "ADDRESS/LEN" with no bit set after LEN
 *
 * Return: 0, or -1 with EINVAL
 */
int prefix6_parse(const char *text, struct prefix6 *out)
{
	char addr[INET6_ADDRSTRLEN];

	if (prefix_split(text, 128, addr, sizeof(addr), &out->len) ||
	    addr_parse6(addr, &out->addr))
		return -1;
	if (clear_after(out->addr.s6_addr, sizeof(out->addr), out->len))
		return 0;
	errno = EINVAL;
	return -1;
}

/** same_bits() - the first @len bits of two addresses are equal */
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned len)
{
	if (memcmp(a, b, len / 8))
		return false;
	return len % 8 == 0 || (uint8_t)(a[len / 8] ^ b[len / 8]) >> (8 - len % 8) == 0;
}

/** prefix4_contains() - @a lies in @p */
bool prefix4_contains(const struct prefix4 *p, struct in_addr a)
{
	return same_bits((const uint8_t *)&p->addr, (const uint8_t *)&a, p->len);
}

/** prefix6_contains() - @a lies in @p */
bool prefix6_contains(const struct prefix6 *p, const struct in6_addr *a)
{
	return same_bits(p->addr.s6_addr, a->s6_addr, p->len);
}

/** prefix6_overlaps() - one of the two ranges holds the other */
bool prefix6_overlaps(const struct prefix6 *a, const struct prefix6 *b)
{
	return same_bits(a->addr.s6_addr, b->addr.s6_addr,
			 a->len < b->len ? a->len : b->len);
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

/** prefix6_format() - "2001:db8::/32", compressed, for people and log lines */
void prefix6_format(const struct prefix6 *p, char out[PREFIX6_TEXT_LEN])
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &p->addr, addr, sizeof(addr));
	snprintf(out, PREFIX6_TEXT_LEN, "%s/%u", addr, p->len);
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
