/* SPDX-License-Identifier: MIT */
/*
 * peer.c - the addresses of the connection, asked of the kernel and not of the client
 *
 * A client over UDP has no connection. tsp-udp makes one, a UNIX packet socket, and puts the
 * client's address into the environment (UCSPI: PROTO and its kin). With any other kind of
 * socket the environment is ignored.
 */
#include "lib/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/parse.h"

/** is_packet_pair() - true for an end of a pair of UNIX packet sockets */
static bool is_packet_pair(int fd)
{
	int domain, type;
	socklen_t size = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) || domain != AF_UNIX)
		return false;
	size = sizeof(type);
	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) &&
	       type == SOCK_SEQPACKET;
}

/** environment_endpoint() - read an address and a port from two variables; 0, or -1 */
static int environment_endpoint(const char *ip_name, const char *port_name,
				struct endpoint *out)
{
	const char *ip = getenv(ip_name), *port = getenv(port_name);
	uint32_t number;

	if (!ip || !port || addr_parse4(ip, &out->addr) ||
	    parse_u32(port, 1, UINT16_MAX, &number))
		return -1;
	out->port = (uint16_t)number;
	return 0;
}

/** from_environment() - read the addresses that tsp-udp passes; 0, or -1 with EAFNOSUPPORT */
static int from_environment(struct peer *out)
{
	const char *proto = getenv("PROTO"), *proven = getenv("UDPPROVEN");
	struct endpoint local;

	if (!proto || strcmp(proto, "UDP") != 0 ||
	    environment_endpoint("UDPREMOTEIP", "UDPREMOTEPORT", &out->client) ||
	    environment_endpoint("UDPLOCALIP", "UDPLOCALPORT", &local) ||
	    (proven && parse_u32(proven, 1, UINT32_MAX, &out->proven))) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	out->server = local.addr;
	out->server_port = local.port;
	out->udp = true;
	endpoint_format(&out->client, out->text);
	return 0;
}

/**
 * peer_identify() - ask the kernel for both ends of the connection
 * @fd:		Connected socket, or the packet socket of tsp-udp
 * @out:	Result; v6udpv4 stays false
 *
 * Return: 0; -1 with errno: ENOTSOCK, ENOTCONN when the client is gone already,
 * EAFNOSUPPORT for a connection that is not from IPv4, and for a UNIX socket without
 * tsp-udp's environment
 */
int peer_identify(int fd, struct peer *out)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);
	struct endpoint local;

	memset(out, 0, sizeof(*out));
	if (is_packet_pair(fd))
		return from_environment(out);
	if (getpeername(fd, (struct sockaddr *)&ss, &len) ||
	    endpoint_of_socket(&ss, &out->client))
		return -1;
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) ||
	    endpoint_of_socket(&ss, &local))
		return -1;
	out->server = local.addr;
	addr_format4(out->client.addr, out->text);
	return 0;
}
