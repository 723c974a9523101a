/* SPDX-License-Identifier: MIT */
/*
 * udp_server.c - receive datagrams, send answers, pass messages to handlers
 *
 * This process reads what the internet sends and has no rights: it holds its sockets, the
 * packet socket to the starter and one to each handler. What to do with a message is
 * decided in udp_talk.c; here it is done. A handler gets messages, without the header, from
 * a packet socket, and sends one packet for each, an empty one when it has nothing to say.
 * It ends the conversation by exiting.
 */
#include "listen/udp_server.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/seqpacket.h"
#include "listen/udp_prover.h"
#include "listen/udp_report.h"
#include "listen/udp_socket.h"
#include "listen/udp_starter.h"
#include "listen/udp_talk.h"

#define BATCH 64 /* datagrams of one socket before the others have their turn */

/**
 * struct server - a service at work
 * @service:	What it was given
 * @talk:	Conversations
 * @polls:	The starter, the listeners, then one for each handler ...
 * @peers:	... of these conversations
 * @handlers:	Number of @peers
 * @prover:	Offers that take no state
 * @report:	Counts of datagrams
 */
struct server {
	const struct udp_service *service;
	struct udp_talk talk;
	struct pollfd *polls;
	struct udp_peer **peers;
	size_t handlers;
	struct udp_prover prover;
	struct udp_report report;
};

/** reply() - send one answer under one header */
static void reply(const struct server *s, const struct udp_path *path,
		  const struct udp_header *header, const char *data, size_t len)
{
	uint8_t bytes[UDP_HEADER_LEN];

	udp_header_write(header, bytes);
	/* if it is lost here, the client repeats its message */
	udp_socket_send(s->service->listeners[path->socket].fd, bytes, sizeof(bytes),
			data, len, &path->client, path->server.addr);
}

/** reply_copies() - send the answer to each of @count copies of the last message */
static void reply_copies(struct server *s, struct udp_peer *peer, size_t count)
{
	struct udp_header header = {.sequence = peer->sequence,
				    .little_endian = peer->little_endian};
	size_t i;

	for (i = 0; i < count; i++) {
		if (!udp_peers_may_send(&s->talk.peers, peer, 0, peer->answer_len))
			return;
		header.timestamp = peer->copies[i];
		reply(s, &peer->path, &header, peer->answer, peer->answer_len);
	}
}

/** let_go() - close the socket to a handler */
static void let_go(int handler)
{
	if (handler >= 0)
		close(handler);
}

/** end() - the conversation is over, whoever ended it */
static void end(struct server *s, struct udp_peer *peer, int64_t now)
{
	size_t waiting;

	let_go(peer->handler);
	waiting = udp_talk_end(&s->talk, peer, now);
	reply_copies(s, peer, waiting);
	if (waiting && peer->promised)
		udp_prover_accepted(&s->prover, peer, now);
}

/** pass() - give a message to a handler; false when the handler is gone */
static bool pass(const struct udp_peer *peer, const char *text, size_t len)
{
	return send(peer->handler, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
	       (ssize_t)len;
}

/** start() - start a handler for @peer and tell it what was said; false when that failed */
static bool start(const struct server *s, struct udp_peer *peer)
{
	const struct udp_start request = udp_starter_request(&peer->path);
	const char *texts[2];
	size_t n = udp_talk_preface(peer, texts), i;
	int pair[2], asked;

	if (seqpacket_pair(pair))
		return false;
	asked = udp_starter_ask(s->service->starter, &request, pair[1]);
	peer->handler = pair[0];
	for (i = 0; i < n && !asked; i++)
		asked = !pass(peer, texts[i], strlen(texts[i]));
	close(pair[1]);
	return !asked;
}

/** take() - a message: have it decided and do it */
static void take(struct server *s, const struct udp_message *m, int64_t now)
{
	struct udp_decision d = udp_talk_take(&s->talk, m, now);

	let_go(d.let_go);
	if (d.accepted)
		udp_prover_accepted(&s->prover, d.peer, now);
	if (d.gives_way)
		end(s, d.gives_way, now);
	switch (d.verdict) {
	case UDP_DROP:
	case UDP_WAIT:
		break;
	case UDP_ANSWER:
		if (udp_peers_may_send(&s->talk.peers, d.peer, m->len, d.answer_len))
			reply(s, &m->path, &m->header, d.answer, d.answer_len);
		break;
	case UDP_START:
		if (!start(s, d.peer) || !pass(d.peer, m->text, m->len))
			end(s, d.peer, now);
		break;
	case UDP_PASS:
		if (!pass(d.peer, m->text, m->len))
			end(s, d.peer, now);
		break;
	}
}

/** read_listener() - receive datagrams from one socket */
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
			s->report.foreign++;
			continue;
		}
		kind = udp_header_read(data, (size_t)n, &m.header);
		s->report.kinds[kind]++;
		if (kind == UDP_PACKET && (size_t)n <= sizeof(data))
			udp_prover_hear(&s->prover, &s->talk.peers, &m.path, data,
					(size_t)n, now);
		if (kind != UDP_SIGNALLING)
			continue;
		m.len = (size_t)n - UDP_HEADER_LEN;
		take(s, &m, now);
	}
}

/** hear() - take a handler's answer, and send it */
static void hear(struct server *s, struct udp_peer *peer, const char *data, ssize_t n)
{
	reply_copies(s, peer, udp_talk_answer(&s->talk, peer, data, (size_t)n));
}

/**
 * read_handler() - receive what a handler says
 * @revents:	Of poll(): an empty packet and the end read the same. But at the end the
 *		other side has hung up, and what follows an empty packet is no end.
 */
static void read_handler(struct server *s, struct udp_peer *peer, short revents,
			 int64_t now)
{
	char data[UDP_MESSAGE_MAX];
	ssize_t n = recv(peer->handler, data, sizeof(data), MSG_DONTWAIT);

	/* it left input unread: the error comes before its last packet */
	if (n < 0 && errno == ECONNRESET)
		n = recv(peer->handler, data, sizeof(data), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR) && !(revents & POLLHUP))
		return;
	if (n == 0 && revents & POLLHUP) {
		n = recv(peer->handler, data, sizeof(data), MSG_DONTWAIT);
		if (n > 0)
			hear(s, peer, "", 0);
		else
			n = -1;
	}
	if (n < 0)
		end(s, peer, now);
	else
		hear(s, peer, data, n);
}

/** add_polls() - wait for the handlers of one list of conversations */
static void add_polls(struct server *s, const struct udp_peer_list *list,
		      struct pollfd *polls)
{
	struct udp_peer *peer;

	for (peer = TAILQ_FIRST(list); peer; peer = TAILQ_NEXT(peer, order)) {
		polls[s->handlers] =
			(struct pollfd){.fd = peer->handler, .events = POLLIN};
		s->peers[s->handlers++] = peer;
	}
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
	s->handlers = 0;
	add_polls(s, &s->talk.peers.unproven, s->polls + n);
	add_polls(s, &s->talk.peers.trusted, s->polls + n);
	return n + s->handlers;
}

/** timeout_of() - milliseconds until something is due; -1: nothing is */
static int timeout_of(const struct server *s, int64_t now)
{
	int64_t next = udp_peers_next(&s->talk.peers);
	int64_t ping = udp_prover_next(&s->prover);
	int64_t leave = s->talk.peers.heard + s->service->idle;

	if (s->service->idle && leave < next && !udp_peers_busy(&s->talk.peers))
		next = leave;
	if (ping < next)
		next = ping;
	if (next == INT64_MAX)
		return -1;
	if (next <= now)
		return 0;
	return next - now > INT_MAX ? INT_MAX : (int)(next - now);
}

/** is_idle() - nobody is served, and nobody has asked for long */
static bool is_idle(const struct server *s, int64_t now)
{
	return s->service->idle && now - s->talk.peers.heard >= s->service->idle &&
	       !udp_peers_busy(&s->talk.peers);
}

/** handle() - everything that poll() found */
static void handle(struct server *s, int64_t now)
{
	const struct udp_service *service = s->service;
	const struct pollfd *p = s->polls + 1 + service->count;
	struct udp_peer *peer;
	size_t i;

	/* handlers first: what comes from outside can change which conversation has which */
	for (i = 0; i < s->handlers; i++) {
		if (p[i].revents)
			read_handler(s, s->peers[i], p[i].revents, now);
	}
	for (i = 0; i < service->count; i++) {
		if (s->polls[1 + i].revents)
			read_listener(s, (int)i, now);
	}
	while ((peer = udp_peers_overdue(&s->talk.peers, now)))
		end(s, peer, now);
	udp_prover_ping(&s->prover, &s->talk.peers, now);
	udp_report_log(&s->report, s->talk.peers.counts, now);
}

/** serve() - until the starter goes, or nobody has come for long; 0, or -1 with errno */
static int serve(struct server *s)
{
	int64_t now = clock_ms();

	while (!is_idle(s, now)) {
		int n = poll(s->polls, set_polls(s), timeout_of(s, now));

		if (n < 0 && errno != EINTR)
			return -1;
		now = clock_ms();
		if (n < 0)
			continue;
		if (s->polls[0].revents)
			return 0;
		handle(s, now);
	}
	return 0;
}

/** close_handlers() - give up all conversations */
static void close_handlers(const struct server *s)
{
	const struct udp_peers *t = &s->talk.peers;
	const struct udp_peer *p;

	for (p = TAILQ_FIRST(&t->unproven); p; p = TAILQ_NEXT(p, order))
		close(p->handler);
	for (p = TAILQ_FIRST(&t->trusted); p; p = TAILQ_NEXT(p, order))
		close(p->handler);
}

/**
 * udp_server_run() - serve datagrams
 * @service:	What with
 *
 * Return: 0 when the starter is gone or there is nothing to do; -1 with errno, logged
 */
int udp_server_run(const struct udp_service *service)
{
	struct server *s = calloc(1, sizeof(*s));
	size_t handlers = service->limits.peers + 1; /* one may be giving way */
	int failed = -1;

	if (!s)
		goto out;
	s->service = service;
	udp_prover_init(&s->prover, service);
	s->polls = calloc(1 + service->count + handlers, sizeof(*s->polls));
	s->peers = (struct udp_peer **)calloc(handlers, sizeof(struct udp_peer *));
	if (s->polls && s->peers &&
	    !udp_talk_init(&s->talk, &service->limits, service->mechanisms,
			   service->v6udpv4, clock_ms())) {
		failed = serve(s);
		close_handlers(s);
		s->report.next = 0;
		udp_report_log(&s->report, s->talk.peers.counts, clock_ms());
		udp_talk_free(&s->talk);
	}
	free(s->polls);
	free((void *)s->peers);
	free(s);
out:
	if (failed)
		log_msg(LOG_ERR, "serving datagrams: %m");
	return failed;
}
