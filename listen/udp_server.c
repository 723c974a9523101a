/* SPDX-License-Identifier: MIT */
/*
 * udp_server.c - datagrams in and out, a handler for each peer
 *
 * This process reads what the internet sends and may do nothing: it has its sockets, the
 * packet socket to the starter and one to each handler. What to do with a message is
 * decided in udp_peers.c; here it is done. A handler has its messages, without the header,
 * from a packet socket, and says one packet for each, an empty one when there is nothing
 * to say. It ends the conversation by leaving.
 */
#include "listen/udp_server.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"
#include "listen/udp_socket.h"
#include "listen/udp_starter.h"

#define BATCH     64    /* datagrams of one socket before the others have their turn */
#define REPORT_MS 60000 /* between two lines of counts in the log */

/**
 * struct server - a service at work
 * @service:	What it was given
 * @peers:	Who talks to us
 * @polls:	The starter, the listeners, then one for each entry of @peers
 * @kinds:	Datagrams by kind
 * @families:	Datagrams that did not come by IPv4
 * @said:	What the last line of counts covered ...
 * @report:	... and when the next one may be written
 */
struct server {
	const struct udp_service *service;
	struct udp_peers peers;
	struct pollfd *polls;
	unsigned long kinds[UDP_KINDS];
	unsigned long families;
	unsigned long said;
	int64_t report;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/**
 * udp_server_open() - take a socket that was passed to this program
 * @fd:		Bound datagram socket
 * @out:	Result
 *
 * Return: 0; -1 with errno
 */
int udp_server_open(int fd, struct udp_listener *out)
{
	out->fd = fd;
	return udp_socket_prepare(fd, &out->port);
}

/** total_of() - everything that was dropped or refused */
static unsigned long total_of(const struct server *s)
{
	const unsigned long *counts = s->peers.counts;

	return s->kinds[UDP_PACKET] + s->kinds[UDP_SHORT] + s->kinds[UDP_LONG] +
	       s->kinds[UDP_FOREIGN] + s->families + counts[UDP_COUNT_REFUSED] +
	       counts[UDP_COUNT_PAST] + counts[UDP_COUNT_EARLY];
}

/** report() - what was dropped, when that is more than the last time, and not too often */
static void report(struct server *s, int64_t now)
{
	const unsigned long *counts = s->peers.counts;

	if (total_of(s) == s->said || now < s->report)
		return;
	s->said = total_of(s);
	s->report = now + REPORT_MS;
	log_msg(LOG_NOTICE,
		"%lu conversations so far; dropped: %lu without a header, %lu too long, "
		"%lu of something else, %lu packets of no tunnel, %lu not by IPv4, "
		"%lu from the past, %lu too early; %lu newcomers found no room",
		counts[UDP_COUNT_STARTED], s->kinds[UDP_SHORT], s->kinds[UDP_LONG],
		s->kinds[UDP_FOREIGN], s->kinds[UDP_PACKET], s->families,
		counts[UDP_COUNT_PAST], counts[UDP_COUNT_EARLY],
		counts[UDP_COUNT_REFUSED]);
}

/** reply() - one answer under one header */
static void reply(const struct server *s, const struct udp_path *path,
		  const struct udp_header *header, const char *data, size_t len)
{
	uint8_t bytes[UDP_HEADER_LEN];

	udp_header_write(header, bytes);
	/* an answer that is lost here is one that the network lost */
	udp_socket_send(s->service->listeners[path->socket].fd, bytes, sizeof(bytes),
			data, len, &path->client, path->server.addr);
}

/** reply_copies() - the answer to each of @count copies of the last message */
static void reply_copies(const struct server *s, const struct udp_peer *peer,
			 size_t count)
{
	struct udp_header header = {.sequence = peer->sequence};
	size_t i;

	for (i = 0; i < count; i++) {
		header.timestamp = peer->copies[i];
		reply(s, &peer->path, &header, peer->answer, peer->answer_len);
	}
}

/** end() - the conversation is over, whoever ended it */
static void end(struct server *s, struct udp_peer *peer, int64_t now)
{
	if (peer->handler >= 0)
		close(peer->handler);
	reply_copies(s, peer, udp_peers_end(&s->peers, peer, now));
}

/** pass() - a message to its handler; false when that is gone */
static bool pass(const struct udp_peer *peer, const struct udp_message *m)
{
	return send(peer->handler, m->text, m->len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
	       (ssize_t)m->len;
}

/** start() - a new handler for @peer; false when there is none to be had */
static bool start(const struct server *s, struct udp_peer *peer)
{
	struct udp_start request = {.client = peer->path.client,
				    .server = peer->path.server};
	int pair[2], asked;

	if (peer->handler >= 0)
		close(peer->handler);
	peer->handler = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return false;
	asked = udp_starter_ask(s->service->starter, &request, pair[1]);
	close(pair[1]);
	peer->handler = pair[0];
	return !asked;
}

/** take() - a message: have it decided and do it */
static void take(struct server *s, const struct udp_message *m, int64_t now)
{
	struct udp_decision d = udp_peers_take(&s->peers, m, now);

	switch (d.verdict) {
	case UDP_DROP:
	case UDP_WAIT:
		break;
	case UDP_ANSWER:
		reply(s, &m->path, &m->header, d.answer, d.answer_len);
		break;
	case UDP_START:
		if (!start(s, d.peer) || !pass(d.peer, m))
			end(s, d.peer, now);
		break;
	case UDP_PASS:
		if (!pass(d.peer, m))
			end(s, d.peer, now);
		break;
	}
}

/** read_listener() - datagrams of one socket */
static void read_listener(struct server *s, int i, int64_t now)
{
	const struct udp_listener *l = &s->service->listeners[i];
	char data[UDP_DATAGRAM_MAX];
	struct udp_message m = {.text = data + UDP_HEADER_LEN};
	enum udp_kind kind;
	ssize_t n;
	int batch;

	m.path.socket = i;
	m.path.server.port = l->port;
	for (batch = 0; batch < BATCH; batch++) {
		n = udp_socket_receive(l->fd, data, sizeof(data), &m.path.client,
				       &m.path.server.addr);
		if (n < 0 && errno != EAFNOSUPPORT)
			return;
		if (n < 0) {
			s->families++;
			continue;
		}
		kind = udp_header_read(data, (size_t)n, &m.header);
		s->kinds[kind]++;
		if (kind != UDP_SIGNALLING)
			continue;
		m.len = (size_t)n - UDP_HEADER_LEN;
		take(s, &m, now);
	}
}

/**
 * read_handler() - what a handler says
 * @revents:	Of poll(): an empty packet and the end read the same, but with the end the
 *		other side has hung up, and an empty packet just before is not missed
 */
static void read_handler(struct server *s, struct udp_peer *peer, short revents,
			 int64_t now)
{
	char data[UDP_MESSAGE_MAX];
	ssize_t n = recv(peer->handler, data, sizeof(data), MSG_DONTWAIT);

	/* it left input unread: the error comes before what it said last */
	if (n < 0 && errno == ECONNRESET)
		n = recv(peer->handler, data, sizeof(data), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR) && !(revents & POLLHUP))
		return;
	if (n < 0 || (n == 0 && revents & POLLHUP)) {
		end(s, peer, now);
		return;
	}
	reply_copies(s, peer, udp_peers_answer(peer, data, (size_t)n));
}

/** set_polls() - what to wait for now */
static nfds_t set_polls(struct server *s)
{
	const struct udp_service *service = s->service;
	nfds_t n = 0;
	size_t i;

	s->polls[n++] = (struct pollfd){.fd = service->starter, .events = POLLIN};
	for (i = 0; i < service->count; i++)
		s->polls[n++] =
			(struct pollfd){.fd = service->listeners[i].fd, .events = POLLIN};
	for (i = 0; i < service->limits.peers; i++) {
		const struct udp_peer *p = &s->peers.peers[i];
		bool works = p->state == UDP_PEER_ASKED || p->state == UDP_PEER_ANSWERED;

		s->polls[n++] =
			(struct pollfd){.fd = works ? p->handler : -1, .events = POLLIN};
	}
	return n;
}

/** timeout_of() - milliseconds until something is due; -1: nothing is */
static int timeout_of(const struct server *s, int64_t now)
{
	int64_t next = udp_peers_next(&s->peers);
	int64_t leave = s->peers.heard + s->service->idle;

	if (s->service->idle && leave < next && !udp_peers_busy(&s->peers))
		next = leave;
	if (next == INT64_MAX)
		return -1;
	if (next <= now)
		return 0;
	return next - now > INT_MAX ? INT_MAX : (int)(next - now);
}

/** is_idle() - nobody is served, and nobody has asked for long */
static bool is_idle(const struct server *s, int64_t now)
{
	return s->service->idle && now - s->peers.heard >= s->service->idle &&
	       !udp_peers_busy(&s->peers);
}

/** handle() - everything that poll() found */
static void handle(struct server *s, int64_t now)
{
	const struct udp_service *service = s->service;
	const struct pollfd *p = s->polls + 1 + service->count;
	struct udp_peer *peer;
	size_t i;

	/* handlers first: what comes from outside can change which peer has which one */
	for (i = 0; i < service->limits.peers; i++) {
		if (p[i].fd >= 0 && p[i].revents)
			read_handler(s, &s->peers.peers[i], p[i].revents, now);
	}
	for (i = 0; i < service->count; i++) {
		if (s->polls[1 + i].revents)
			read_listener(s, (int)i, now);
	}
	while ((peer = udp_peers_overdue(&s->peers, now)))
		end(s, peer, now);
	report(s, now);
}

/** serve() - until the starter goes, or nobody has come for long; 0, or -1 with errno */
static int serve(struct server *s)
{
	int64_t now = now_ms();

	while (!is_idle(s, now)) {
		int n = poll(s->polls, set_polls(s), timeout_of(s, now));

		if (n < 0 && errno != EINTR)
			return -1;
		now = now_ms();
		if (n < 0)
			continue;
		if (s->polls[0].revents)
			return 0;
		handle(s, now);
	}
	return 0;
}

/**
 * udp_server_run() - serve datagrams
 * @service:	What with
 *
 * Return: 0 when the starter is gone or there is nothing to do; -1 with errno, logged
 */
int udp_server_run(const struct udp_service *service)
{
	struct server s = {.service = service};
	size_t polls = 1 + service->count + service->limits.peers, i;
	int failed = -1;

	s.polls = calloc(polls, sizeof(*s.polls));
	if (s.polls && !udp_peers_init(&s.peers, &service->limits, now_ms())) {
		failed = serve(&s);
		for (i = 0; i < service->limits.peers; i++) {
			if (s.peers.peers[i].handler >= 0)
				close(s.peers.peers[i].handler);
		}
	}
	if (failed)
		log_msg(LOG_ERR, "serving datagrams: %m");
	s.report = 0;
	if (s.peers.peers)
		report(&s, now_ms());
	udp_peers_free(&s.peers);
	free(s.polls);
	return failed;
}
