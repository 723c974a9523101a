/* SPDX-License-Identifier: MIT */
/* ipc.c - packets of fixed size between session and broker */
#include "lib/ipc.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/** ipc_pair() - a connected pair of packet sockets, closed on exec; 0 or -1 with errno */
int ipc_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds);
}

/**
 * send_packet() - one whole packet
 *
 * Return: 0; -1 with errno: EPIPE when the other side is gone, EAGAIN when it does not read
 */
static int send_packet(int fd, const void *packet, size_t size)
{
	ssize_t n;

	do {
		/* Requests and replies alternate, so there is room; a peer that does not read is not waited for */
		n = send(fd, packet, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)size)
		return 0;
	if (n >= 0)
		errno = EMSGSIZE;
	return -1;
}

/**
 * receive_packet() - one whole packet of exactly @size bytes
 *
 * Return: 1 for a packet, 0 when the other side is gone, -1 with errno: EBADMSG for a
 * packet of another size, else what recv() says
 */
static int receive_packet(int fd, void *packet, size_t size)
{
	ssize_t n;

	do {
		/* MSG_TRUNC: tell the true length, so that a longer packet is seen as such */
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
 * ipc_call() - session: ask the broker and wait for its answer
 * @fd:		The session's end of the pair
 * @request:	Kind and content; the version is filled in here
 * @reply:	The broker's answer
 *
 * Return: 0; -1 with errno, EPIPE when the broker is gone
 */
int ipc_call(int fd, struct ipc_request *request, struct ipc_reply *reply)
{
	int got;

	request->version = IPC_VERSION;
	if (send_packet(fd, request, sizeof(*request)))
		return -1;
	got = receive_packet(fd, reply, sizeof(*reply));
	if (got < 0)
		return -1;
	if (got == 0) {
		errno = EPIPE;
		return -1;
	}
	if (reply->version == IPC_VERSION)
		return 0;
	errno = EBADMSG;
	return -1;
}

/**
 * ipc_receive() - broker: wait for the next request
 * @fd:		The broker's end of the pair
 * @request:	Result; version and kind are known ones, everything else is unchecked
 *
 * Return: 1 for a request, 0 when the session is gone, -1 with errno: EBADMSG for
 * anything that is not a request
 */
int ipc_receive(int fd, struct ipc_request *request)
{
	int got = receive_packet(fd, request, sizeof(*request));

	if (got <= 0)
		return got;
	if (request->version == IPC_VERSION && request->kind > 0 &&
	    request->kind < IPC_REQUEST_KINDS)
		return 1;
	errno = EBADMSG;
	return -1;
}

/** ipc_answer() - broker: answer the request; the version is filled in; 0 or -1 with errno */
int ipc_answer(int fd, struct ipc_reply *reply)
{
	reply->version = IPC_VERSION;
	return send_packet(fd, reply, sizeof(*reply));
}
