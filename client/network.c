/* SPDX-License-Identifier: MIT */
/*
 * network.c - addresses and routes of this machine, and their changes
 *
 * By rtnetlink(7): a socket that reports changes of IPv4 addresses, routes and links, and
 * a list of the IPv6 routes.
 */
#include "client/network.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER 32768

/** network_open() - a socket that reports changes; -1 with errno */
int network_open(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK,
				      .nl_groups =
					      RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);

	if (fd < 0)
		return -1;
	if (!bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

/**
 * network_changed() - read the pending messages of network_open()'s socket
 *
 * Return: true if something has changed, or if messages were lost
 */
bool network_changed(int netlink)
{
	char buffer[BUFFER];
	bool changed = false;
	ssize_t n;

	while ((n = recv(netlink, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
		changed = true;
	return changed || (n < 0 && errno == ENOBUFS);
}

/**
 * network_source() - the address of this machine on the way to a server
 *
 * Return: 0; -1 with errno, ENETUNREACH when no route leads there
 */
int network_source(struct in_addr server, struct in_addr *out)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr = server, .sin_port = htons(9)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), saved;

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    getsockname(fd, (struct sockaddr *)&address, &size)) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	close(fd);
	*out = address.sin_addr;
	return 0;
}

/** struct search - search for a route that overlaps @prefix and is not by device @but */
struct search {
	const struct prefix6 *prefix;
	unsigned but;
	bool found;
};

/** look_at() - one route; only unicast, not a default route, of the main table */
static void look_at(struct search *s, const struct nlmsghdr *message)
{
	const struct rtmsg *route = NLMSG_DATA(message);
	int left = (int)RTM_PAYLOAD(message);
	struct prefix6 prefix = {.len = route->rtm_dst_len};
	unsigned device = 0;
	const struct rtattr *a;

	if (route->rtm_family != AF_INET6 || route->rtm_type != RTN_UNICAST ||
	    route->rtm_dst_len < 16)
		return;
	for (a = RTM_RTA(route); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == RTA_DST && RTA_PAYLOAD(a) == sizeof(prefix.addr))
			memcpy(&prefix.addr, RTA_DATA(a), sizeof(prefix.addr));
		if (a->rta_type == RTA_OIF && RTA_PAYLOAD(a) == sizeof(device))
			memcpy(&device, RTA_DATA(a), sizeof(device));
	}
	if (device != s->but && prefix6_overlaps(&prefix, s->prefix))
		s->found = true;
}

/** list() - all IPv6 routes; 0, or -1 with errno */
static int list(int fd, struct search *s)
{
	struct {
		struct nlmsghdr header;
		struct rtmsg route;
	} ask = {.header = {.nlmsg_len = sizeof(ask),
			    .nlmsg_type = RTM_GETROUTE,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		 .route = {.rtm_family = AF_INET6}};
	_Alignas(struct nlmsghdr) char buffer[BUFFER];

	if (send(fd, &ask, sizeof(ask), 0) != sizeof(ask))
		return -1;
	for (;;) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *m = (struct nlmsghdr *)buffer;
		unsigned left = n < 0 ? 0 : (unsigned)n;

		if (n <= 0)
			return -1;
		for (; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
			if (m->nlmsg_type == NLMSG_DONE)
				return 0;
			if (m->nlmsg_type == NLMSG_ERROR)
				return -1;
			if (m->nlmsg_type == RTM_NEWROUTE)
				look_at(s, m);
		}
	}
}

/**
 * network_overlaps() - find a route that overlaps a prefix
 * @prefix:	Prefix
 * @but:	Name of the device whose routes do not count: our own
 * @out:	Result
 *
 * Return: 0, or -1 with errno
 */
int network_overlaps(const struct prefix6 *prefix, const char *but, bool *out)
{
	struct search s = {.prefix = prefix, .but = if_nametoindex(but)};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), failed;

	if (!s.but)
		s.but = ~0u;
	if (fd < 0)
		return -1;
	failed = list(fd, &s);
	close(fd);
	*out = s.found;
	return failed;
}
