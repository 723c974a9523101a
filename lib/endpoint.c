/* SPDX-License-Identifier: MIT */
/* endpoint.c - where a tunnel ends in IPv4: parse, format, compare */
#include "lib/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/format.h"
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
	char text[FORMAT_U64_LEN];
	size_t len = addr_format4(e->addr, out), digits = format_u64(e->port, text);

	if (!e->port)
		return;
	out[len++] = ':';
	memcpy(out + len, text, digits + 1);
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
