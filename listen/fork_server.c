/* SPDX-License-Identifier: MIT */
/*
 * fork_server.c - a process that forks for each client, at the request of forks.c
 *
 * It receives an end of a packet pair for its next child, and nothing else: no connection,
 * no address, no byte that a client sent. Standard input is the socket for requests.
 */
#include "listen/fork_server.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/seqpacket.h"

#define CLIENT_MS 10000 /* for the client, after fork */

/**
 * fork_for_parent() - fork a child of our parent
 *
 * The C library's fork() cannot do that. There is one thread, and nothing here or in our
 * libraries waits for the functions of pthread_atfork().
 *
 * Return: as fork()
 */
static pid_t fork_for_parent(void)
{
	const long flags = CLONE_PARENT | SIGCHLD;

#ifdef __s390__
	return (pid_t)syscall(SYS_clone, 0L, flags, 0L, 0L, 0L);
#else
	return (pid_t)syscall(SYS_clone, flags, 0L, 0L, 0L, 0L);
#endif
}

/**
 * fork_server_next() - fork a child for each request
 *
 * Returns in each child, without the socket for requests: a child that kept it would take
 * the next request. Returns in the process itself when nobody is left who could ask.
 *
 * Return: in a child, its end of the packet pair; 0 at the end of requests; -1 with errno
 */
int fork_server_next(void)
{
	int32_t answer;
	int pair, got;
	char byte;

	for (;;) {
		got = seqpacket_take(STDIN_FILENO, &byte, sizeof(byte), &pair, 0);
		if (got <= 0)
			return got;
		answer = fork_for_parent();
		if (answer == 0) {
			close(STDIN_FILENO);
			return pair;
		}
		if (answer < 0)
			answer = -errno;
		close(pair);
		if (seqpacket_send(STDIN_FILENO, &answer, sizeof(answer)))
			return -1;
	}
}

/**
 * fork_server_client() - in a child: wait for its client
 * @pair:	The child's end of the packet pair
 * @client:	Result
 * @connection:	Result: the lowest free descriptor; NULL: this child gets none
 *
 * Return: 0; -1 when there is no client for this child
 */
int fork_server_client(int pair, struct peer *client, int *connection)
{
	struct pollfd p = {.fd = pair, .events = POLLIN};
	int got;

	while ((got = poll(&p, 1, CLIENT_MS)) < 0 && errno == EINTR)
		;
	if (got <= 0)
		return -1;
	got = connection ? seqpacket_take(pair, client, sizeof(*client), connection, 0)
			 : seqpacket_receive(pair, client, sizeof(*client));
	return got == 1 ? 0 : -1;
}
