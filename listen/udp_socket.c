/* SPDX-License-Identifier: MIT */
/*
 * udp_socket.c - receive and send a datagram, with both its addresses
 *
 * A server with several addresses must answer from the address that the client sent to, or
 * the client, whose socket is connected, never sees the answer: IP_PKTINFO reads and sets
 * it. A dual-stack socket has IPv4-mapped addresses in both places.
 */
#include "listen/udp_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "lib/endpoint.h"

/** union control - room for the local address beside a datagram, of either family */
union control {
	char space[CMSG_SPACE(sizeof(struct in_pktinfo)) +
		   CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct cmsghdr align;
};

/** union address - a socket address of either family */
union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/** to_ipv4() - extract the address from an IPv4-mapped one; 0, or -1 */
static int to_ipv4(const struct in6_addr *a, struct in_addr *out)
{
	if (!IN6_IS_ADDR_V4MAPPED(a))
		return -1;
	memcpy(out, a->s6_addr + 12, sizeof(*out));
	return 0;
}

static struct in6_addr mapped(struct in_addr a)
{
	struct in6_addr out = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

	memcpy(out.s6_addr + 12, &a, sizeof(a));
	return out;
}

/**
 * udp_socket_prepare() - make the kernel report a datagram's destination address
 * @fd:		Bound datagram socket
 * @port:	Result: local port
 * @address:	Result: local IPv4 address, 0.0.0.0 for any
 *
 * Return: 0; -1 with errno, EAFNOSUPPORT for any other socket
 */
int udp_socket_prepare(int fd, uint16_t *port, struct in_addr *address)
{
	union address a = {.any.sa_family = AF_UNSPEC};
	socklen_t len = sizeof(a);
	int on = 1;

	if (getsockname(fd, &a.any, &len))
		return -1;
	address->s_addr = INADDR_ANY;
	switch (a.any.sa_family) {
	case AF_INET:
		*port = ntohs(a.in.sin_port);
		*address = a.in.sin_addr;
		break;
	case AF_INET6:
		*port = ntohs(a.in6.sin6_port);
		to_ipv4(&a.in6.sin6_addr, address);
		break;
	default:
		errno = EAFNOSUPPORT;
		return -1;
	}
	/* of IPv4 datagrams an IPv6 socket tells the same */
	return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
}

/** read_source() - the client's endpoint; 0, or -1 for an IPv6 source */
static int read_source(const union address *a, struct endpoint *client)
{
	if (a->any.sa_family == AF_INET) {
		client->addr = a->in.sin_addr;
		client->port = ntohs(a->in.sin_port);
		return 0;
	}
	client->port = ntohs(a->in6.sin6_port);
	return a->any.sa_family == AF_INET6 ? to_ipv4(&a->in6.sin6_addr, &client->addr)
					    : -1;
}

/**
 * is_unicast() - a datagram was sent to one address
 *
 * Of a datagram to a broadcast or multicast address the kernel reports another local address
 * than its destination; of one that came before udp_socket_prepare() it reports none.
 */
static bool is_unicast(const struct in_pktinfo *info)
{
	if (info->ipi_spec_dst.s_addr == INADDR_ANY)
		return info->ipi_addr.s_addr != INADDR_BROADCAST &&
		       !IN_MULTICAST(ntohl(info->ipi_addr.s_addr));
	return info->ipi_addr.s_addr == info->ipi_spec_dst.s_addr;
}

/** read_local() - the destination address; 0, or -1 unless it is one address of ours */
static int read_local(struct msghdr *msg, struct in_addr *server)
{
	struct in_pktinfo info;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		*server = info.ipi_addr;
		return is_unicast(&info) ? 0 : -1;
	}
	return -1;
}

/**
 * udp_socket_receive() - receive a datagram without waiting
 * @fd:		Socket, from udp_socket_prepare()
 * @data:	Result, cut off after @size bytes
 * @size:	Size of @data in bytes
 * @client:	Result: source
 * @server:	Result: destination, one of our addresses
 *
 * Return: the datagram's length, also if that is more than @size; -1 with errno, EAGAIN
 * when the queue is empty, EAFNOSUPPORT for a source that is not IPv4 or a destination that
 * is not one address of ours
 */
ssize_t udp_socket_receive(int fd, void *data, size_t size, struct endpoint *client,
			   struct in_addr *server)
{
	union address from = {.any.sa_family = AF_UNSPEC};
	union control control;
	struct iovec iov = {.iov_base = data, .iov_len = size};
	struct msghdr msg = {.msg_name = &from,
			     .msg_namelen = sizeof(from),
			     .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control.space)};
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0)
		return -1;
	if (read_source(&from, client) || read_local(&msg, server)) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return n;
}

/** write_local() - set the source address of a datagram */
static void write_local(struct msghdr *msg, int family, struct in_addr server)
{
	struct in6_pktinfo info6 = {.ipi6_addr = mapped(server)};
	struct in_pktinfo info = {.ipi_spec_dst = server};
	bool six = family == AF_INET6;
	size_t size = six ? sizeof(info6) : sizeof(info);
	struct cmsghdr *c;

	msg->msg_controllen = CMSG_SPACE(size);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = six ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = six ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), six ? (void *)&info6 : (void *)&info, size);
}

/**
 * udp_socket_send() - send a datagram of two parts, or drop it: the client repeats its message
 *
 * Return: 0; -1 with errno
 */
int udp_socket_send(int fd, const void *header, size_t header_len, const void *data,
		    size_t len, const struct endpoint *client, struct in_addr server)
{
	union address to = {.any.sa_family = AF_UNSPEC};
	union control control = {0};
	struct iovec iov[] = {{.iov_base = (void *)header, .iov_len = header_len},
			      {.iov_base = (void *)data, .iov_len = len}};
	struct msghdr msg = {.msg_name = &to,
			     .msg_iov = iov,
			     .msg_iovlen = 2,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control.space)};
	int family;
	socklen_t size = sizeof(family);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size))
		return -1;
	if (family == AF_INET6) {
		to.in6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
					       .sin6_port = htons(client->port),
					       .sin6_addr = mapped(client->addr)};
		msg.msg_namelen = sizeof(to.in6);
	} else {
		to.in = (struct sockaddr_in){.sin_family = AF_INET,
					     .sin_port = htons(client->port),
					     .sin_addr = client->addr};
		msg.msg_namelen = sizeof(to.in);
	}
	write_local(&msg, family, server);
	return sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}
