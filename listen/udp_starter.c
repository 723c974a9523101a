/* SPDX-License-Identifier: MIT */
/*
 * udp_starter.c - start handlers on behalf of a process that may not
 *
 * A handler needs CAP_NET_ADMIN for its template; the process that reads datagrams from the
 * internet must have no capability at all. So there are two: this one keeps the capability
 * and does nothing but start handlers, the other asks for them. A request is two endpoints
 * in a packet of fixed size, with the connection for the new handler; whoever takes over
 * the other process gets handlers, which it could have had by sending datagrams. How many
 * there are at a time, in all and of one address, is decided and counted here.
 *
 * Handlers outlive their connection for as long as their broker has to clear up, so a
 * client that begins again and again meets the limit here and not a fresh handler each time.
 */
#include "listen/udp_starter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/log.h"
#include "listen/children.h"
#include "lib/endpoint.h"

/** union control - room for one descriptor beside a packet */
union control {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/**
 * udp_starter_ask() - ask for a handler
 * @fd:		The asking end of the packet pair
 * @start:	For whom
 * @connection:	What the handler gets as standard input and output; the caller still has
 *		its own to close
 *
 * There is no answer: a handler that could not be started closes its connection.
 *
 * Return: 0; -1 with errno, EAGAIN when the starter is behind
 */
int udp_starter_ask(int fd, const struct udp_start *start, int connection)
{
	union control control = {0};
	struct iovec iov = {.iov_base = (void *)start, .iov_len = sizeof(*start)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control.space)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &connection, sizeof(int));
	return sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}

/**
 * receive() - one request
 *
 * Return: 1 for a request with its connection; 0 when nobody asks any more; -1 with errno,
 * EBADMSG for what is no request
 */
static int receive(int fd, struct udp_start *start, int *connection)
{
	union control control = {0};
	struct iovec iov = {.iov_base = start, .iov_len = sizeof(*start)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control.space)};
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_TRUNC | MSG_DONTWAIT);
	struct cmsghdr *c;

	if (n <= 0)
		return n < 0 && errno != ECONNRESET ? -1 : 0;
	c = CMSG_FIRSTHDR(&msg);
	*connection = -1;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(connection, CMSG_DATA(c), sizeof(int));
	if (n == (ssize_t)sizeof(*start) && *connection >= 0 &&
	    !(msg.msg_flags & MSG_CTRUNC))
		return 1;
	if (*connection >= 0)
		close(*connection);
	errno = EBADMSG;
	return -1;
}

/** set_endpoint() - UDPREMOTEIP and UDPREMOTEPORT, or the local ones */
static int set_endpoint(const char *ip_name, const char *port_name,
			const struct endpoint *e)
{
	char ip[INET_ADDRSTRLEN], port[8];

	inet_ntop(AF_INET, &e->addr, ip, sizeof(ip));
	snprintf(port, sizeof(port), "%u", e->port);
	return setenv(ip_name, ip, 1) || setenv(port_name, port, 1) ? -1 : 0;
}

/** become_handler() - in the child: the connection as input and output, UCSPI variables */
static void become_handler(char *const *argv, const struct udp_start *start,
			   int connection, const sigset_t *mask)
{
	if (dup2(connection, STDIN_FILENO) < 0 || dup2(connection, STDOUT_FILENO) < 0 ||
	    setenv("PROTO", "UDP", 1) ||
	    set_endpoint("UDPREMOTEIP", "UDPREMOTEPORT", &start->client) ||
	    set_endpoint("UDPLOCALIP", "UDPLOCALPORT", &start->server))
		_exit(111);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execv(argv[0], argv);
	log_msg(LOG_ERR, "%s: %m", argv[0]);
	_exit(111);
}

/** start() - one handler, if there may be one more */
static void start(const struct udp_starter *s, struct children *children,
		  const struct udp_start *request, int connection, const sigset_t *mask)
{
	pid_t pid;

	if (!children_fit(children, request->client.addr))
		return;
	pid = fork();
	if (pid == 0)
		become_handler(s->argv, request, connection, mask);
	if (pid < 0)
		log_msg(LOG_ERR, "no process for a handler: %m");
	else
		children_add(children, pid, request->client.addr);
}

/** serve() - requests, until nobody asks any more or a signal says stop; 0, or -1 */
static int serve(const struct udp_starter *s, struct children *children)
{
	struct pollfd p = {.fd = s->requests, .events = POLLIN};
	struct udp_start request;
	sigset_t before, waiting;
	int connection, got;

	children_listen(&before, &waiting);
	while (!children_asked_to_stop()) {
		got = ppoll(&p, 1, NULL, &waiting);
		children_collect(children, WNOHANG);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got <= 0)
			continue;
		got = receive(s->requests, &request, &connection);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got <= 0)
			return got;
		start(s, children, &request, connection, &before);
		close(connection);
	}
	return 0;
}

/**
 * udp_starter_run() - start handlers until the asking process is gone, then see them off
 * @starter:	What to do. Its requests are closed at the end: the asking process, if it is
 *		still there, takes that for its own end.
 *
 * Return: 0; -1 with errno, logged, when the asking process misbehaved
 */
int udp_starter_run(const struct udp_starter *starter)
{
	struct children children;
	int failed = children_init(&children, starter->children, starter->per_source);

	if (!failed)
		failed = serve(starter, &children);
	if (failed)
		log_msg(LOG_ERR, "starting handlers: %m");
	close(starter->requests);
	/* they have no connection any more, and end by themselves */
	children_collect(&children, 0);
	children_free(&children);
	return failed;
}
