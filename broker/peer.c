/* SPDX-License-Identifier: MIT */
/* peer.c - who is at the other end of standard input: asked of the kernel, not of the client */
#include "broker/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/**
 * to_ipv4() - the IPv4 address and port of a socket address
 * @ss:		Address of an AF_INET socket, or an IPv4-mapped one of a dual-stack socket
 * @out:	Result
 *
 * Return: 0, or -1 with EAFNOSUPPORT for any other address
 */
static int to_ipv4(const struct sockaddr_storage *ss, struct endpoint *out)
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
 * peer_identify() - ask the kernel for both ends of the connection
 * @fd:		Connected socket
 * @out:	Result
 *
 * Return: 0; -1 with errno: ENOTSOCK, ENOTCONN when the client is gone already,
 * EAFNOSUPPORT for a connection that is not IPv4
 */
int peer_identify(int fd, struct peer *out)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);
	struct endpoint local;

	memset(out, 0, sizeof(*out));
	if (getpeername(fd, (struct sockaddr *)&ss, &len) || to_ipv4(&ss, &out->client))
		return -1;
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) || to_ipv4(&ss, &local))
		return -1;
	out->server = local.addr;
	inet_ntop(AF_INET, &out->client.addr, out->text, sizeof(out->text));
	return 0;
}
