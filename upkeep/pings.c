/* SPDX-License-Identifier: MIT */
/*
 * pings.c - ping clients through their tunnels
 *
 * A ping goes out from the keepalive address of its tunnel if the template knows that one, and
 * the reply ends at the template, which counts it. Else it goes out from the server's end,
 * and the reply comes here. The ping contains a keyed hash, with a new key in each run: a reply
 * with the same hash proves that its sender has received the ping.
 */
#include "upkeep/pings.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/random.h"
#include "lib/siphash.h"
#include "sandbox/sandbox.h"

#define BUFFER (4 << 20) /* for replies that come faster than they are read */

/** struct ping - ICMPv6 echo message; the kernel fills the checksum in */
struct ping {
	struct icmp6_hdr icmp;
	uint32_t number, zero;
	uint64_t proof;
};

/** proof_of() - what the ping of this number to this address contains */
static uint64_t proof_of(const struct pings *p, const struct in6_addr *to,
			 uint32_t number)
{
	struct {
		struct in6_addr to;
		uint64_t number;
	} about = {*to, number};

	return siphash(p->key, &about, sizeof(about));
}

/** set_up() - receive replies only; allow sources that this host does not have */
static int set_up(int fd)
{
	struct icmp6_filter filter;
	int one = 1, size = BUFFER;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) ||
			       setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &one,
					  sizeof(one))
		       ? -1
		       : 0;
}

/**
 * pings_open() - open the socket, which needs CAP_NET_RAW, and drop that capability
 * @p:		Result; goes to pings_close(). Closed, logged, if no pings can be sent
 *
 * Root drops it when it becomes the owner of the state directory.
 *
 * Return: 0; -1 with errno, logged: the capability is still there
 */
int pings_open(struct pings *p)
{
	p->fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
	if (p->fd < 0 || set_up(p->fd) || random_get(p->key, sizeof(p->key))) {
		log_msg(LOG_ERR, "no pings can be sent: %m");
		pings_close(p);
	}
	return geteuid() == 0 ? 0 : sandbox_become_user("", true);
}

/** pings_close() - close the socket */
void pings_close(struct pings *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

/** send_from() - send a message from an address */
static ssize_t send_from(int fd, const struct in6_addr *from, const struct in6_addr *to,
			 struct ping *ping)
{
	struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_addr = *to};
	struct in6_pktinfo source = {.ipi6_addr = *from};
	char control[CMSG_SPACE(sizeof(source))] = {0};
	struct iovec part = {.iov_base = ping, .iov_len = sizeof(*ping)};
	struct msghdr m = {.msg_name = &peer,
			   .msg_namelen = sizeof(peer),
			   .msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(source));
	memcpy(CMSG_DATA(c), &source, sizeof(source));
	return sendmsg(fd, &m, 0);
}

/**
 * pings_send() - send one ping
 * @p:		Pings
 * @from:	Its source; the caller has the right to it
 * @to:		The client's address in its tunnel
 * @number:	For pings_hear()
 *
 * Return: 0; -1 with errno
 */
int pings_send(const struct pings *p, const struct in6_addr *from,
	       const struct in6_addr *to, uint32_t number)
{
	struct ping ping = {.icmp.icmp6_type = ICMP6_ECHO_REQUEST,
			    .number = number,
			    .proof = proof_of(p, to, number)};

	return send_from(p->fd, from, to, &ping) == (ssize_t)sizeof(ping) ? 0 : -1;
}

/** take() - one reply; false: no more replies */
static bool take(const struct pings *p, pings_heard *heard, void *context)
{
	struct sockaddr_in6 peer;
	socklen_t len = sizeof(peer);
	struct ping ping;
	ssize_t n = recvfrom(p->fd, &ping, sizeof(ping), MSG_TRUNC,
			     (struct sockaddr *)&peer, &len);

	if (n < 0)
		return errno == EINTR;
	if (n == (ssize_t)sizeof(ping) &&
	    ping.proof == proof_of(p, &peer.sin6_addr, ping.number))
		heard(context, ping.number);
	return true;
}

/**
 * pings_hear() - read replies
 * @p:		Pings
 * @wait:	Milliseconds; all replies until then
 * @heard:	Called for each reply that proves something
 * @context:	For @heard
 */
void pings_hear(const struct pings *p, int wait, pings_heard *heard, void *context)
{
	int64_t end = clock_ms() + wait, left = wait;
	struct pollfd poll_in = {.fd = p->fd, .events = POLLIN};

	do {
		while (take(p, heard, context))
			;
		poll(&poll_in, 1, (int)left);
		left = end - clock_ms();
	} while (left > 0);
	while (take(p, heard, context))
		;
}
