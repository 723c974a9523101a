/* SPDX-License-Identifier: MIT */
/* prefix.c - ranges of addresses: parse, format, compare */
#include "lib/prefix.h"

#include <errno.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/format.h"
#include "lib/parse.h"

/**
 * clear_after() - true if no bit after the first @len of an address is set
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
	if (prefix6_is_clear(out))
		return 0;
	errno = EINVAL;
	return -1;
}

/** prefix6_is_clear() - no bit is set after the length: it is a range's first address */
bool prefix6_is_clear(const struct prefix6 *p)
{
	return clear_after(p->addr.s6_addr, sizeof(p->addr), p->len);
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

/** prefix6_format() - "2001:db8::/32", compressed, for people and log lines */
void prefix6_format(const struct prefix6 *p, char out[PREFIX6_TEXT_LEN])
{
	char text[FORMAT_U64_LEN];
	size_t len = addr_format6(&p->addr, out), digits = format_u64(p->len, text);

	out[len++] = '/';
	memcpy(out + len, text, digits + 1);
}
