/* SPDX-License-Identifier: MIT */
/* endpoint.h - where a tunnel ends in IPv4: parse, format, compare */
#ifndef LIB_ENDPOINT_H
#define LIB_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define ENDPOINT_LEN 22 /* "255.255.255.255:65535" and NUL */

/** struct endpoint - where a client's tunnel ends in IPv4 */
struct endpoint {
	struct in_addr addr;
	uint16_t port; /* host byte order; 0: protocol 41, which has no ports */
};

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
void endpoint_format(const struct endpoint *e, char out[ENDPOINT_LEN]);
int endpoint_parse(const char *text, struct endpoint *out);
int endpoint_of_socket(const struct sockaddr_storage *ss, struct endpoint *out);

#endif
