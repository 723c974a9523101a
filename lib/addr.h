/* SPDX-License-Identifier: MIT */
/* addr.h - IPv4 and IPv6 addresses: parse, format, compute */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define ADDR6_FULL_LEN 40 /* "2001:0db8:...:0000" and its NUL */

int addr_parse4(const char *text, struct in_addr *out);
int addr_parse6(const char *text, struct in6_addr *out);
size_t addr_format4(struct in_addr a, char out[INET_ADDRSTRLEN]);
size_t addr_format6(const struct in6_addr *a, char out[INET6_ADDRSTRLEN]);
void addr_format6_full(const struct in6_addr *a, char out[ADDR6_FULL_LEN]);
struct in6_addr addr6_add(struct in6_addr a, uint32_t n, unsigned bit);
uint64_t addr6_half(const struct in6_addr *a, unsigned which);
uint32_t addr6_bits(const struct in6_addr *a, unsigned bit, unsigned count);

#endif
