/* SPDX-License-Identifier: MIT */
/* seqpacket.c - packets of fixed size between two processes */
#include "lib/seqpacket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/** union control - room for one descriptor beside a packet */
union control {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/** seqpacket_pair() - a connected pair of sockets, closed on exec; 0, or -1 with errno */
int seqpacket_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds);
}

/**
 * seqpacket_send() - send one packet, without waiting for room
 * @fd:		End of a pair
 * @packet:	Packet
 * @size:	Its size in bytes
 *
 * Return: 0; -1 with errno: EPIPE when the other side is gone, EAGAIN when it does not read
 */
int seqpacket_send(int fd, const void *packet, size_t size)
{
	ssize_t n;

	do {
		n = send(fd, packet, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)size)
		return 0;
	if (n >= 0)
		errno = EMSGSIZE;
	return -1;
}

/**
 * seqpacket_receive() - wait for one packet of exactly @size bytes
 * @fd:		End of a pair
 * @packet:	Result
 * @size:	Expected size in bytes
 *
 * Return: 1 for a packet; 0 when the other side is gone; -1 with errno: EBADMSG for a packet
 * of another size, else what recv() says
 */
int seqpacket_receive(int fd, void *packet, size_t size)
{
	ssize_t n;

	do {
		/* MSG_TRUNC returns the true length, so that a longer packet is noticed */
		n = recv(fd, packet, size, MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return 0;
	if (n == (ssize_t)size)
		return 1;
	if (n > 0)
		errno = EBADMSG;
	return -1;
}

/**
 * seqpacket_pass() - send one packet and a descriptor, without waiting for room
 * @fd:		End of a pair
 * @packet:	Packet
 * @size:	Its size in bytes, at least 1
 * @passed:	Descriptor that the receiver gets a copy of
 *
 * Return: as seqpacket_send()
 */
int seqpacket_pass(int fd, const void *packet, size_t size, int passed)
{
	union control control = {0};
	struct iovec iov = {.iov_base = (void *)packet, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control.space)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	ssize_t n;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &passed, sizeof(int));
	do {
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

/** passed_descriptor() - the one that came with a packet; -1: none */
static int passed_descriptor(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int passed = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&passed, CMSG_DATA(c), sizeof(int));
	return passed;
}

/**
 * seqpacket_take() - receive one packet of exactly @size bytes, and its descriptor
 * @fd:		End of a pair
 * @packet:	Result
 * @size:	Expected size in bytes
 * @passed:	Result: descriptor, closed on exec
 * @flags:	MSG_DONTWAIT, or 0
 *
 * Return: as seqpacket_receive(); a packet without a descriptor is EBADMSG, too
 */
int seqpacket_take(int fd, void *packet, size_t size, int *passed, int flags)
{
	union control control = {0};
	struct iovec iov = {.iov_base = packet, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     /* the padding behind it has room for another one */
			     .msg_controllen = CMSG_LEN(sizeof(int))};
	ssize_t n;

	do {
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_TRUNC | flags);
	} while (n < 0 && errno == EINTR && !(flags & MSG_DONTWAIT));
	if (n <= 0)
		return n < 0 && errno != ECONNRESET ? -1 : 0;
	*passed = passed_descriptor(&msg);
	if (n == (ssize_t)size && *passed >= 0 && !(msg.msg_flags & MSG_CTRUNC))
		return 1;
	if (*passed >= 0)
		close(*passed);
	errno = EBADMSG;
	return -1;
}
