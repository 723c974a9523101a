/* SPDX-License-Identifier: MIT */
/*
 * listener.c - start one handler per TCP connection to an inherited listening socket
 *
 * With Accept=yes systemd makes a unit for each connection, which takes longer than
 * starting a handler. Here systemd, or inetd with "wait", passes the listening socket
 * itself when the first client connects, and this process starts the handlers. It never
 * reads from the network, and exits after some time without a client: the owner of the
 * socket starts it again.
 *
 * A handler is executed, or with [server] fork its two processes are forked (forks.c).
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

#include "lib/endpoint.h"
#include "lib/log.h"
#include "listen/children.h"

#define FULL_SECONDS 60  /* between two log lines about the limit */
#define ERROR_MS     100 /* pause after accept() failed and the connection stays */

/** listener_is() - the descriptor is a listening stream socket */
bool listener_is(int fd)
{
	int type, listening;
	socklen_t size = sizeof(int);

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) &&
	       type == SOCK_STREAM &&
	       !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) && listening;
}

/** spawn() - start a handler on the connection; its process id, or -1 with errno */
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

/** start_forked() - have a handler forked; 0, or -1 when it must be executed */
static int start_forked(const struct listener *l, struct children *children,
			int connection)
{
	struct fork_pids pids;
	struct peer peer;

	/* the handler that is executed says what is wrong with other connections */
	if (!l->forks || peer_identify(connection, &peer) || peer.udp ||
	    forks_start(l->forks, &peer, connection, &pids))
		return -1;
	peer.client.port = 0;
	children_add_forked(children, pids.broker, pids.session, &peer.client);
	return 0;
}

/** start() - start a handler if the limits allow it; closes our copy of the connection */
static void start(const struct listener *l, struct children *children, int connection,
		  struct in_addr source, const sigset_t *mask)
{
	pid_t pid;

	children_reap(children); /* none is forked after a crash */
	if (children_fit(children, source) && start_forked(l, children, connection)) {
		pid = spawn(l, connection, mask);
		if (pid > 0)
			children_add(children, pid, source);
		else
			log_msg(LOG_ERR, "%s: %m", l->argv[0]);
	}
	close(connection);
}

/** take() - accept a connection; 0, also when the client has gone already, or -1 */
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
	/* the handler refuses IPv6 clients; they share one limit as 0.0.0.0 */
	endpoint_of_socket(&ss, &client);
	start(l, children, fd, client.addr, mask);
	return 0;
}

/** say_full() - log that the limit is reached, not more often than FULL_SECONDS */
static void say_full(const struct listener *l)
{
	static struct timespec said;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (said.tv_sec && now.tv_sec - said.tv_sec < FULL_SECONDS)
		return;
	said = now;
	log_msg(LOG_WARNING, "limit of %zu sessions reached: further clients wait",
		l->sessions);
}

/**
 * serve() - accept until idle or asked to stop
 * @before:	Mask that handlers get
 * @waiting:	Mask while waiting
 *
 * Return: 0; -1 with errno
 */
static int serve(const struct listener *l, struct children *children,
		 const sigset_t *before, const sigset_t *waiting)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	int got;

	while (!children_asked_to_stop()) {
		bool full = children->count == l->sessions;

		if (full)
			say_full(l);
		got = children_wait(children, full ? NULL : &p,
				    full ? -1 : (int64_t)l->idle_seconds * 1000, waiting);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got == 0 && !children->count)
			return 0;
		if (got > 0 && take(l, children, before)) {
			log_msg(LOG_ERR, "taking a connection: %m");
			poll(NULL, 0, ERROR_MS);
		}
	}
	return 0;
}

/**
 * listener_run() - start one handler per client
 * @l:		Socket, command and limits
 *
 * When asked to stop, it sends SIGTERM to its handlers and waits for them.
 *
 * Return: 0; -1 with errno, logged
 */
int listener_run(const struct listener *l)
{
	struct children children;
	sigset_t before, waiting;
	int result, flags = fcntl(l->fd, F_GETFL);

	/* accept() must not block when a client has gone again */
	if (flags < 0 || fcntl(l->fd, F_SETFL, flags | O_NONBLOCK) ||
	    children_init(&children, l->sessions, l->per_source, l->handler_seconds)) {
		log_msg(LOG_ERR, "listening: %m");
		return -1;
	}
	children.state = l->state;
	children_listen(&before, &waiting);
	if (l->forks) {
		l->forks->mask = &before;
		children.on_end = forks_note_end;
		children.on_end_of = l->forks;
	}
	result = serve(l, &children, &before, &waiting);
	if (result)
		log_msg(LOG_ERR, "waiting for clients: %m");
	if (l->forks)
		forks_stop(l->forks);
	children_signal(&children, SIGTERM);
	children_finish(&children, &waiting);
	children_free(&children);
	return result;
}
