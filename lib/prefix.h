/* SPDX-License-Identifier: MIT */
/* prefix.h - ranges of addresses: parse, format, compare */
#ifndef LIB_PREFIX_H
#define LIB_PREFIX_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define PREFIX6_TEXT_LEN 50 /* compressed address, "/128" and NUL */

/** struct prefix4 - an IPv4 range; bits after @len are zero */
struct prefix4 {
	struct in_addr addr;
	uint8_t len; /* 0 to 32 */
};

/** struct prefix6 - an IPv6 range; bits after @len are zero */
struct prefix6 {
	struct in6_addr addr;
	uint8_t len; /* 0 to 128 */
};

int prefix4_parse(const char *text, struct prefix4 *out);
int prefix6_parse(const char *text, struct prefix6 *out);
bool prefix4_contains(const struct prefix4 *p, struct in_addr a);
bool prefix6_is_clear(const struct prefix6 *p);
bool prefix6_contains(const struct prefix6 *p, const struct in6_addr *a);
bool prefix6_overlaps(const struct prefix6 *a, const struct prefix6 *b);
void prefix6_format(const struct prefix6 *p, char out[PREFIX6_TEXT_LEN]);

#endif
