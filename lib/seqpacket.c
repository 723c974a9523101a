/* SPDX-License-Identifier: MIT */
/* seqpacket.c - packets of fixed size between two processes */
#include "lib/seqpacket.h"

#include <errno.h>
#include <sys/socket.h>

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
