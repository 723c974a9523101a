/* SPDX-License-Identifier: MIT */
/*
 * udp_peers.c - who is talking to us over UDP, and what is done with what they send
 *
 * Pure decisions: no socket, no clock, no process. Times are milliseconds of whatever
 * clock the caller has.
 *
 * A client sends one message, with a sequence number, and sends it again with the same
 * number and a later timestamp until it has an answer; then comes the next number. So one
 * message and one answer are all there is to remember of a client, and whatever the
 * network loses, doubles or delays, each message is executed once:
 *
 *	the sequence is		the message is
 *	the last one's		a repetition: it gets the answer again, or waits for it
 *	a later one		new: for the handler
 *	an earlier one		a straggler: dropped
 *
 * VERSION begins a conversation, also with a peer that has one already: the client was
 * started again, and may count anew. But a VERSION can be a straggler too, and must not
 * end the conversation that it began. It is taken for a new beginning when its sequence or
 * its timestamp is later than all before; or when nothing was heard for longer than a
 * network delays a datagram, since a client that is started again may count time anew.
 *
 * Anybody can send anything under anybody's address. So nothing is remembered of a source
 * before it says VERSION; entries and entries of one address are bounded; a source that
 * finds the table full is told so and harms nobody who is in it; an ended conversation
 * gives way to a new one; and an answer is repeated a limited number of times, only for
 * the very message that it belongs to, so that short datagrams do not fetch long ones.
 */
#include "listen/udp_peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/status.h"
#include "lib/endpoint.h"

#define STRAGGLER_MS 3000 /* a network keeps no datagram for longer */
#define REPEATS_MAX  32   /* times that one answer is given again */

/** udp_peers_init() - an empty table; 0, or -1 with errno */
int udp_peers_init(struct udp_peers *t, const struct udp_limits *limits, int64_t now)
{
	size_t i;

	*t = (struct udp_peers){.limits = *limits, .heard = now};
	t->peers = calloc(limits->peers, sizeof(*t->peers));
	if (!t->peers)
		return -1;
	for (i = 0; i < limits->peers; i++)
		t->peers[i].handler = -1;
	return 0;
}

void udp_peers_free(struct udp_peers *t)
{
	free(t->peers);
	t->peers = NULL;
}

/** says() - the message is @word, whatever its case, and something or nothing after it */
static bool says(const struct udp_message *m, const char *word)
{
	return m->len >= strlen(word) && !strncasecmp(m->text, word, strlen(word));
}

/** is_echo() - "ECHO REQUEST", bare or as a line: clients measure with it who is near */
static bool is_echo(const struct udp_message *m)
{
	static const char echo[] = "ECHO REQUEST";
	size_t i;

	if (!says(m, echo))
		return false;
	for (i = sizeof(echo) - 1; i < m->len; i++) {
		if (m->text[i] && m->text[i] != '\r' && m->text[i] != '\n')
			return false;
	}
	return true;
}

/** status_answer() - a status line as an answer without a conversation */
static struct udp_decision status_answer(enum status status)
{
	static char line[64];
	struct udp_decision d = {.verdict = UDP_ANSWER, .answer = line};

	d.answer_len = (size_t)snprintf(line, sizeof(line), "%d %s\r\n", status,
					status_text(status));
	return d;
}

static struct udp_decision drop(struct udp_peers *t, enum udp_count why)
{
	t->counts[why]++;
	return (struct udp_decision){.verdict = UDP_DROP};
}

static bool same_path(const struct udp_path *a, const struct udp_path *b)
{
	return endpoint_equal(&a->client, &b->client) &&
	       endpoint_equal(&a->server, &b->server) && a->socket == b->socket;
}

static struct udp_peer *find(const struct udp_peers *t, const struct udp_path *path)
{
	size_t i;

	for (i = 0; i < t->limits.peers; i++) {
		if (t->peers[i].state != UDP_PEER_FREE &&
		    same_path(&t->peers[i].path, path))
			return &t->peers[i];
	}
	return NULL;
}

/** has_handler() - a process works for this entry */
static bool has_handler(const struct udp_peer *peer)
{
	return peer->state == UDP_PEER_ASKED || peer->state == UDP_PEER_ANSWERED;
}

/**
 * room_for() - an entry for a newcomer
 *
 * A free one, else the one whose conversation has ended for the longest time.
 *
 * Return: the entry; NULL when all are at work, or the source has its share
 */
static struct udp_peer *room_for(const struct udp_peers *t, const struct udp_path *path)
{
	struct udp_peer *room = NULL;
	size_t i, same = 0;

	for (i = 0; i < t->limits.peers; i++) {
		struct udp_peer *p = &t->peers[i];

		if (has_handler(p))
			same += p->path.client.addr.s_addr == path->client.addr.s_addr;
		else if (!room || (room->state != UDP_PEER_FREE &&
				   (p->state == UDP_PEER_FREE || p->heard < room->heard)))
			room = p;
	}
	return same < t->limits.per_source ? room : NULL;
}

/** is_beginning() - this VERSION is no straggler and no repetition (see above) */
static bool is_beginning(const struct udp_peer *peer, const struct udp_message *m,
			 int64_t now)
{
	if (m->header.sequence == peer->sequence && peer->first)
		return false;
	return udp_header_sequence_after(m->header.sequence, peer->sequence) ||
	       udp_header_later(m->header.timestamp, peer->latest) ||
	       now - peer->heard >= STRAGGLER_MS;
}

/** note() - a message is with the handler from now on */
static void note(struct udp_peer *peer, const struct udp_message *m, int64_t now)
{
	peer->state = UDP_PEER_ASKED;
	peer->sequence = m->header.sequence;
	peer->length = m->len;
	peer->latest = m->header.timestamp;
	peer->copies[0] = m->header.timestamp;
	peer->count = 1;
	peer->repeats = 0;
	peer->heard = now;
	peer->answer_len = 0;
}

/** begin() - VERSION */
static struct udp_decision begin(struct udp_peers *t, struct udp_peer *peer,
				 const struct udp_message *m, int64_t now)
{
	if (!peer || !has_handler(peer)) {
		struct udp_peer *room = room_for(t, &m->path);

		if (!room) {
			t->counts[UDP_COUNT_REFUSED]++;
			return status_answer(STATUS_BUSY);
		}
		if (!peer)
			peer = room;
	}
	peer->path = m->path;
	peer->ends = now + t->limits.session;
	note(peer, m, now);
	peer->first = true;
	t->counts[UDP_COUNT_STARTED]++;
	return (struct udp_decision){.verdict = UDP_START, .peer = peer};
}

/** repeat() - the last message again */
static struct udp_decision repeat(struct udp_peers *t, struct udp_peer *peer,
				  const struct udp_message *m, int64_t now)
{
	if (m->len != peer->length || peer->repeats >= REPEATS_MAX ||
	    (peer->state == UDP_PEER_ASKED && peer->count == UDP_COPIES_MAX))
		return drop(t, UDP_COUNT_PAST);
	peer->heard = now;
	if (udp_header_later(m->header.timestamp, peer->latest))
		peer->latest = m->header.timestamp;
	if (peer->state == UDP_PEER_ASKED) {
		peer->copies[peer->count++] = m->header.timestamp;
		return (struct udp_decision){.verdict = UDP_WAIT};
	}
	peer->repeats++;
	t->counts[UDP_COUNT_REPEATED]++;
	return (struct udp_decision){.verdict = UDP_ANSWER,
				     .answer = peer->answer,
				     .answer_len = peer->answer_len};
}

/** bare() - a header and nothing else, for what belongs to no conversation */
static struct udp_decision bare(struct udp_peers *t)
{
	t->counts[UDP_COUNT_UNKNOWN]++;
	return (struct udp_decision){.verdict = UDP_ANSWER, .answer = ""};
}

/**
 * udp_peers_take() - decide what is done with a message
 * @t:		Table
 * @message:	Message; at most UDP_MESSAGE_MAX bytes
 * @now:	Time
 *
 * For UDP_PASS and UDP_START the entry expects that it is done: see udp_peers_answer() and
 * udp_peers_end().
 *
 * Return: the decision; its answer is valid until the next call
 */
struct udp_decision udp_peers_take(struct udp_peers *t, const struct udp_message *message,
				   int64_t now)
{
	struct udp_peer *peer = find(t, &message->path);

	t->heard = now;
	if (is_echo(message)) {
		t->counts[UDP_COUNT_ECHO]++;
		return status_answer(STATUS_SUCCESS);
	}
	if (says(message, "VERSION") && (!peer || is_beginning(peer, message, now)))
		return begin(t, peer, message, now);
	if (!peer)
		return bare(t);
	if (message->header.sequence == peer->sequence)
		return repeat(t, peer, message, now);
	if (!udp_header_sequence_after(message->header.sequence, peer->sequence))
		return drop(t, UDP_COUNT_PAST);
	if (peer->state == UDP_PEER_ENDED)
		return bare(t);
	if (peer->state == UDP_PEER_ASKED)
		return drop(t, UDP_COUNT_EARLY);
	note(peer, message, now);
	peer->first = false;
	return (struct udp_decision){.verdict = UDP_PASS, .peer = peer};
}

/**
 * udp_peers_answer() - the handler has answered
 * @peer:	Entry
 * @data:	The answer
 * @len:	Its length in bytes; 0: there is nothing to say
 *
 * Return: how many copies of the message get it, at the timestamps peer->copies; 0 when
 * the handler was not asked, or says more than a datagram holds
 */
size_t udp_peers_answer(struct udp_peer *peer, const void *data, size_t len)
{
	if (peer->state != UDP_PEER_ASKED || len > sizeof(peer->answer))
		return 0;
	if (len)
		memcpy(peer->answer, data, len);
	peer->answer_len = len;
	peer->state = UDP_PEER_ANSWERED;
	return peer->count;
}

/**
 * udp_peers_end() - the handler is gone
 * @t:		Table
 * @peer:	Entry
 * @now:	Time
 *
 * A message that it left unanswered is acknowledged: accept wants no other answer. But a
 * handler that did not get as far as answering VERSION was never there: 530.
 *
 * Return: as udp_peers_answer(), with the answer in @peer
 */
size_t udp_peers_end(struct udp_peers *t, struct udp_peer *peer, int64_t now)
{
	struct udp_decision busy = status_answer(STATUS_BUSY);
	size_t count =
		udp_peers_answer(peer, busy.answer, peer->first ? busy.answer_len : 0);

	peer->state = UDP_PEER_ENDED;
	peer->handler = -1;
	peer->ends = now + t->limits.memory;
	return count;
}

/**
 * udp_peers_overdue() - an entry whose handler has had its time; forgets ended ones
 *
 * Return: the entry, for the caller to end; NULL when there is none (any more)
 */
struct udp_peer *udp_peers_overdue(struct udp_peers *t, int64_t now)
{
	size_t i;

	for (i = 0; i < t->limits.peers; i++) {
		struct udp_peer *p = &t->peers[i];

		if (p->state == UDP_PEER_FREE || now < p->ends)
			continue;
		if (has_handler(p))
			return p;
		p->state = UDP_PEER_FREE;
	}
	return NULL;
}

/** udp_peers_next() - when the next deadline is; INT64_MAX: there is none */
int64_t udp_peers_next(const struct udp_peers *t)
{
	int64_t next = INT64_MAX;
	size_t i;

	for (i = 0; i < t->limits.peers; i++) {
		if (t->peers[i].state != UDP_PEER_FREE && t->peers[i].ends < next)
			next = t->peers[i].ends;
	}
	return next;
}

/** udp_peers_busy() - a handler is at work */
bool udp_peers_busy(const struct udp_peers *t)
{
	size_t i;

	for (i = 0; i < t->limits.peers; i++) {
		if (has_handler(&t->peers[i]))
			return true;
	}
	return false;
}
