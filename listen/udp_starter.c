/* SPDX-License-Identifier: MIT */
/*
 * udp_starter.c - start handlers on behalf of a process that may not
 *
 * A handler needs CAP_NET_ADMIN for its template; the process that reads datagrams from the
 * internet must have no capability. So there are two: the starter keeps the capability and
 * does nothing but start handlers, the reader asks for them. A request names the client and
 * the address that it sent to, in a packet of fixed size, with the connection for the new
 * handler. The starter knows the sockets itself: it takes the port from them, and an address
 * only if it is one of this machine's. So whoever takes over the reader gets handlers that
 * datagrams could have got as well. The starter counts and limits handlers at work, and kills
 * those that do not keep their deadlines.
 *
 * Handlers outlive their connection for as long as their broker has to clear up, so a
 * client that begins again and again meets the limit here and not a fresh handler each time.
 */
#include "listen/udp_starter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/log.h"
#include "lib/seqpacket.h"
#include "listen/children.h"

/** udp_starter_request() - a request for the handler of a conversation */
struct udp_start udp_starter_request(const struct udp_path *path)
{
	return (struct udp_start){.client = path->client,
				  .server = path->server.addr,
				  .socket = (uint32_t)path->socket};
}

/**
 * udp_starter_ask() - ask for a handler
 * @fd:		The reader's end of the packet pair
 * @start:	Ends of the conversation
 * @connection:	Becomes the handler's standard input and output; the caller closes its copy
 *
 * There is no answer: if no handler starts, the connection is closed.
 *
 * Return: 0; -1 with errno, EAGAIN when the starter is behind
 */
int udp_starter_ask(int fd, const struct udp_start *start, int connection)
{
	return seqpacket_pass(fd, start, sizeof(*start), connection);
}

/**
 * udp_starter_proven() - ask for a handler that builds a promised tunnel
 * @fd:		The reader's end of the packet pair
 * @path:	Path that the secret came by
 * @epoch:	The secret's epoch
 *
 * If that fails, the client's next ping asks again.
 */
void udp_starter_proven(int fd, const struct udp_path *path, uint64_t epoch)
{
	struct udp_start start = udp_starter_request(path);
	int pair[2];

	start.proven = (uint32_t)epoch;
	if (seqpacket_pair(pair))
		return;
	udp_starter_ask(fd, &start, pair[1]);
	close(pair[0]);
	close(pair[1]);
}

/** set_endpoint() - UDPREMOTEIP and UDPREMOTEPORT, or the local ones */
static int set_endpoint(const char *ip_name, const char *port_name,
			const struct endpoint *e)
{
	char ip[INET_ADDRSTRLEN], port[8];

	addr_format4(e->addr, ip);
	snprintf(port, sizeof(port), "%u", e->port);
	return setenv(ip_name, ip, 1) || setenv(port_name, port, 1) ? -1 : 0;
}

/** is_ours() - an IPv4 address of this machine, neither broadcast nor multicast */
static bool is_ours(struct in_addr address)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = address};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ours;

	if (fd < 0 || address.s_addr == INADDR_ANY ||
	    IN_MULTICAST(ntohl(address.s_addr))) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	/* a broadcast address can be bound, but not connected without SO_BROADCAST */
	ours = !bind(fd, (struct sockaddr *)&a, sizeof(a));
	a.sin_port = htons(9);
	ours = ours && !connect(fd, (struct sockaddr *)&a, sizeof(a));
	close(fd);
	return ours;
}

/**
 * server_of() - the server's end of a conversation, as far as the reader can be believed
 * @s:		Starter
 * @start:	Request
 * @out:	Result
 *
 * Return: 0; -1 for a socket or an address that this program does not serve
 */
static int server_of(const struct udp_starter *s, const struct udp_start *start,
		     struct endpoint *out)
{
	const struct udp_listener *l;

	if (start->socket >= s->count || !start->client.port)
		return -1;
	l = &s->listeners[start->socket];
	*out = (struct endpoint){.addr = start->server, .port = l->port};
	if (l->address.s_addr != INADDR_ANY)
		return l->address.s_addr == start->server.s_addr ? 0 : -1;
	return is_ours(start->server) ? 0 : -1;
}

/** become_handler() - in the child: the connection as input and output, UCSPI variables */
static void become_handler(char *const *argv, const struct udp_start *start,
			   const struct endpoint *server, int connection,
			   const sigset_t *mask)
{
	char proven[12];

	snprintf(proven, sizeof(proven), "%u", start->proven);
	if (dup2(connection, STDIN_FILENO) < 0 || dup2(connection, STDOUT_FILENO) < 0 ||
	    setenv("PROTO", "UDP", 1) ||
	    set_endpoint("UDPREMOTEIP", "UDPREMOTEPORT", &start->client) ||
	    set_endpoint("UDPLOCALIP", "UDPLOCALPORT", server) ||
	    (start->proven ? setenv("UDPPROVEN", proven, 1) : unsetenv("UDPPROVEN")))
		_exit(111);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execv(argv[0], argv);
	log_msg(LOG_ERR, "%s: %m", argv[0]);
	_exit(111);
}

/** peer_of() - the client that a request names */
static struct peer peer_of(const struct udp_start *start, const struct endpoint *server)
{
	struct peer peer = {.client = start->client,
			    .server = server->addr,
			    .server_port = server->port,
			    .udp = true,
			    .proven = start->proven};

	endpoint_format(&peer.client, peer.text);
	return peer;
}

/** start_forked() - have a handler forked; 0, or -1 when it must be executed */
static int start_forked(const struct udp_starter *s, struct children *children,
			const struct peer *peer, int connection)
{
	struct fork_pids pids;

	if (!s->forks || forks_start(s->forks, peer, connection, &pids))
		return -1;
	children_add_forked(children, pids.broker, pids.session, &peer->client);
	return 0;
}

/** start() - start a handler if the limit allows it and the request is credible */
static void start(const struct udp_starter *s, struct children *children,
		  const struct udp_start *request, int connection, const sigset_t *mask)
{
	struct endpoint server;
	struct peer peer;
	pid_t pid;

	if (server_of(s, request, &server)) {
		log_msg(LOG_ERR, "the reader asks for a server that is not ours");
		return;
	}
	children_reap(children); /* none is forked after a crash */
	peer = peer_of(request, &server);
	if (!children_fit(children, request->client.addr) ||
	    !start_forked(s, children, &peer, connection))
		return;
	pid = fork();
	if (pid == 0)
		become_handler(s->argv, request, &server, connection, mask);
	if (pid < 0)
		log_msg(LOG_ERR, "no process for a handler: %m");
	else
		children_add(children, pid, request->client.addr);
}

/** serve() - start handlers until the reader exits or a signal says stop; 0, or -1 */
static int serve(const struct udp_starter *s, struct children *children,
		 const sigset_t *before, const sigset_t *waiting)
{
	struct pollfd p = {.fd = s->requests, .events = POLLIN};
	struct udp_start request;
	int connection, got;

	while (!children_asked_to_stop()) {
		got = children_wait(children, &p, -1, waiting);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got <= 0)
			continue;
		got = seqpacket_take(s->requests, &request, sizeof(request), &connection,
				     MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got <= 0)
			return got;
		start(s, children, &request, connection, before);
		close(connection);
	}
	return 0;
}

/**
 * udp_starter_run() - start handlers until the reader exits, then wait for the handlers
 * @starter:	What to do. Its requests are closed at the end: a reader that still runs
 *		exits then
 *
 * Return: 0; -1 with errno, logged, when the reader misbehaved
 */
int udp_starter_run(const struct udp_starter *starter)
{
	struct children children;
	sigset_t before, waiting;
	int failed;

	if (children_init(&children, starter->children, starter->children,
			  starter->handler_seconds)) {
		log_msg(LOG_ERR, "starting handlers: %m");
		return -1;
	}
	children.state = starter->state;
	children.keep = starter->reader;
	children_listen(&before, &waiting);
	if (starter->forks) {
		starter->forks->mask = &before;
		children.on_end = forks_note_end;
		children.on_end_of = starter->forks;
	}
	failed = serve(starter, &children, &before, &waiting);
	if (failed)
		log_msg(LOG_ERR, "starting handlers: %m");
	if (starter->forks)
		forks_stop(starter->forks);
	close(starter->requests);
	/* without their connection they end by themselves */
	children_finish(&children, &waiting);
	children_free(&children);
	return failed;
}
