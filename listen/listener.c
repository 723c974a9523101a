/* SPDX-License-Identifier: MIT */
/*
 * listener.c - one handler for each TCP connection to a socket that was handed over listening
 *
 * With Accept=yes systemd makes a unit for each connection, which takes it longer than a
 * handler takes to start. Here systemd, or inetd with "wait", hands over the listening
 * socket itself when the first client comes, and this process starts the handlers. It reads
 * nothing of the network's, and leaves when nobody has come for a while: whoever holds the
 * socket starts it again.
 *
 * Each handler is executed and not only forked: it reads the configuration as it is then,
 * is laid out in memory as no other is, and who crashes one learns nothing of the next.
 */
#include "listen/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"
#include "listen/children.h"
#include "lib/endpoint.h"

#define FULL_SECONDS 60  /* between two lines that say so */
#define ERROR_MS     100 /* pause when a connection cannot be taken, and stays */

/** listener_is() - the descriptor is a stream socket that listens */
bool listener_is(int fd)
{
	int type, listening;
	socklen_t size = sizeof(int);

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) &&
	       type == SOCK_STREAM &&
	       !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) && listening;
}

/** spawn() - a handler with the connection as input and output; its id, or -1 with errno */
static pid_t spawn(const struct listener *l, int connection, const sigset_t *mask)
{
	const int last = l->stderr_is_listener ? STDERR_FILENO : STDOUT_FILENO;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	pid_t pid;
	int e, fd;

	posix_spawnattr_init(&how);
	posix_spawn_file_actions_init(&files);
	e = posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
	e = e ?: posix_spawnattr_setsigmask(&how, mask);
	for (fd = STDIN_FILENO; !e && fd <= last; fd++)
		e = posix_spawn_file_actions_adddup2(&files, connection, fd);
	e = e ?: posix_spawn(&pid, l->argv[0], &files, &how, l->argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	errno = e;
	return e ? -1 : pid;
}

/** start() - a handler for a connection, if there may be one more; closes ours of it */
static void start(const struct listener *l, struct children *children, int connection,
		  struct in_addr source, const sigset_t *mask)
{
	pid_t pid;

	if (children_fit(children, source)) {
		pid = spawn(l, connection, mask);
		if (pid > 0)
			children_add(children, pid, source);
		else
			log_msg(LOG_ERR, "%s: %m", l->argv[0]);
	}
	close(connection);
}

/** take() - one connection; 0, also when it is gone again, or -1 with errno */
static int take(const struct listener *l, struct children *children, const sigset_t *mask)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);
	struct endpoint client = {.port = 0};
	int fd = accept4(l->fd, (struct sockaddr *)&ss, &len, SOCK_CLOEXEC);

	if (fd < 0)
		return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED ||
				       errno == EPERM || errno == EPROTO
			       ? 0
			       : -1;
	/* who has no IPv4 address is sent away by the handler: they share a limit */
	endpoint_of_socket(&ss, &client);
	start(l, children, fd, client.addr, mask);
	return 0;
}

/** say_full() - now and then: clients wait for others to end */
static void say_full(const struct listener *l)
{
	static struct timespec said;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (said.tv_sec && now.tv_sec - said.tv_sec < FULL_SECONDS)
		return;
	said = now;
	log_msg(LOG_WARNING, "%zu sessions at a time: the next clients wait",
		l->sessions);
}

/** serve() - until nobody has come for so long, or a signal says stop; 0, or -1 with errno */
static int serve(const struct listener *l, struct children *children)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	struct timespec idle = {.tv_sec = (time_t)l->idle_seconds};
	sigset_t before, waiting;
	int got;

	children_listen(&before, &waiting);
	while (!children_asked_to_stop()) {
		bool full = children->count == l->sessions;

		if (full)
			say_full(l);
		got = ppoll(&p, full ? 0 : 1, full ? NULL : &idle, &waiting);
		if (got < 0 && errno != EINTR)
			return -1;
		children_collect(children, WNOHANG);
		if (got == 0 && !children->count)
			return 0;
		if (got > 0 && take(l, children, &before)) {
			log_msg(LOG_ERR, "taking a connection: %m");
			poll(NULL, 0, ERROR_MS);
		}
	}
	return 0;
}

/**
 * listener_run() - serve clients, each by a handler of its own
 * @l:		What to do
 *
 * When it is asked to stop, it asks its handlers, and waits for them.
 *
 * Return: 0; -1 with errno, logged
 */
int listener_run(const struct listener *l)
{
	struct children children;
	int result, flags = fcntl(l->fd, F_GETFL);

	/* a client that is gone again must not leave us waiting in accept() */
	if (flags < 0 || fcntl(l->fd, F_SETFL, flags | O_NONBLOCK) ||
	    children_init(&children, l->sessions, l->per_source)) {
		log_msg(LOG_ERR, "listening: %m");
		return -1;
	}
	result = serve(l, &children);
	if (result)
		log_msg(LOG_ERR, "waiting for clients: %m");
	children_signal(&children, SIGTERM);
	children_collect(&children, 0);
	children_free(&children);
	return result;
}
