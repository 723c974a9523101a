/* SPDX-License-Identifier: MIT */
/* addr.h - IPv4 and IPv6 addresses, prefixes and endpoints: parse, format, compare. */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDR6_FULL_LEN   40 /* "2001:0db8:...:0000" and its NUL */
#define PREFIX6_TEXT_LEN 50 /* compressed address, "/128" and NUL */
#define ENDPOINT_LEN     22 /* "255.255.255.255:65535" and NUL */

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

/** struct endpoint - where a client's tunnel ends in IPv4 */
struct endpoint {
	struct in_addr addr;
	uint16_t port; /* host byte order; 0: protocol 41, which has no ports */
};

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
void endpoint_format(const struct endpoint *e, char out[ENDPOINT_LEN]);
int endpoint_parse(const char *text, struct endpoint *out);
int endpoint_of_socket(const struct sockaddr_storage *ss, struct endpoint *out);

int addr_parse4(const char *text, struct in_addr *out);
int addr_parse6(const char *text, struct in6_addr *out);
int prefix4_parse(const char *text, struct prefix4 *out);
int prefix6_parse(const char *text, struct prefix6 *out);
bool prefix4_contains(const struct prefix4 *p, struct in_addr a);
bool prefix6_contains(const struct prefix6 *p, const struct in6_addr *a);
bool prefix6_overlaps(const struct prefix6 *a, const struct prefix6 *b);
void addr_format6_full(const struct in6_addr *a, char out[ADDR6_FULL_LEN]);
void prefix6_format(const struct prefix6 *p, char out[PREFIX6_TEXT_LEN]);
struct in6_addr addr6_add(struct in6_addr a, uint32_t n, unsigned bit);
uint32_t addr6_bits(const struct in6_addr *a, unsigned bit, unsigned count);

#endif
