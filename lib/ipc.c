/* SPDX-License-Identifier: MIT */
/* ipc.c - requests and replies between session and broker */
#include "lib/ipc.h"

#include <errno.h>

#include "lib/seqpacket.h"

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
	if (seqpacket_send(fd, request, sizeof(*request)))
		return -1;
	got = seqpacket_receive(fd, reply, sizeof(*reply));
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
	int got = seqpacket_receive(fd, request, sizeof(*request));

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
	return seqpacket_send(fd, reply, sizeof(*reply));
}
