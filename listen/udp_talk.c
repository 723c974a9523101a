/* SPDX-License-Identifier: MIT */
/*
 * udp_talk.c - decide what is done with each message over UDP
 *
 * Decisions only: no socket, no clock, no process. A client sends one message, with a
 * sequence number, and repeats it with the same number and a later timestamp until it has an
 * answer; then comes the next number. So one message and one answer are all there is to
 * remember of a client, and whatever the network loses, doubles or delays, each message is
 * executed once:
 *
 *	the sequence is		the message is
 *	the last one's		a repetition, if its text is the same: it gets the answer
 *				again, or waits for it
 *	the next one		new
 *	any other		dropped: a straggler, or the guess of somebody who cannot
 *				see this conversation
 *
 * Anybody can send anything under anybody's address, and this decides most of the rest:
 *
 * - No answer earns an answer, whatever program gets it. A message outside of a conversation
 *   is dropped, except ECHO REQUEST and VERSION. What servers say (status lines, CAPABILITY,
 *   a bare header) is no client's word. Answers outside of conversations are limited.
 * - A path that has not proven itself gets at most three times the bytes that came from it.
 *   An answer that is longer waits for the client to repeat its message.
 * - A handler starts with the first message that needs one. VERSION, AUTHENTICATE ANONYMOUS
 *   and AUTHENTICATE PLAIN need none; the handler is told of them when it starts.
 * - The answer that ends DIGEST-MD5 proves a path: the client's answer had the nonce in it.
 *
 * VERSION begins a conversation, also on a path that has one: the client was started again,
 * and may count anew. A straggler must not do that: its number or its timestamp is no later
 * than all before, and it comes soon. And a forged one must not end the conversation of a
 * client that has logged in or holds an offer, which ends by itself or by its deadline, nor
 * of one that was heard a moment ago, unless it has the next number.
 */
#include "listen/udp_talk.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/config.h"
#include "lib/siphash.h"
#include "lib/status.h"
#include "tsp/capability.h"
#include "tsp/frame.h"

#define STRAGGLER_MS 3000 /* a network keeps no datagram for longer */
#define MOMENT_MS    1000 /* a client is not started again so soon */
#define REPEATS_MAX  32   /* how often one answer is repeated */

#define VERSION_TEXT   "VERSION=2.0.0\r\n" /* all that are served are alike */
#define ANONYMOUS_TEXT "AUTHENTICATE ANONYMOUS\r\n"
#define PLAIN_TEXT     "AUTHENTICATE PLAIN\r\n"
#define V6UDPV4        "type=\"v6udpv4\""
#define RSPAUTH        "cnNwYXV0aD" /* "rspauth=" in base64, whatever follows */

/** udp_talk_init() - no conversation yet; 0, or -1 with errno */
int udp_talk_init(struct udp_talk *t, const struct udp_limits *limits,
		  unsigned mechanisms, bool v6udpv4, int64_t now)
{
	struct buf line = BUF_ON(t->capability);

	if (udp_peers_init(&t->peers, limits, now))
		return -1;
	udp_quota_init(&t->quota, t->peers.key);
	t->mechanisms = mechanisms;
	capability_write(&line, mechanisms, v6udpv4);
	return 0;
}

void udp_talk_free(struct udp_talk *t)
{
	udp_peers_free(&t->peers);
}

static struct udp_decision verdict(enum udp_verdict v, struct udp_peer *peer)
{
	return (struct udp_decision){.verdict = v, .peer = peer, .let_go = -1};
}

static struct udp_decision drop(struct udp_talk *t, enum udp_count why)
{
	t->peers.counts[why]++;
	return verdict(UDP_DROP, NULL);
}

static struct udp_decision answer(struct udp_peer *peer, const char *text)
{
	struct udp_decision d = verdict(UDP_ANSWER, peer);

	d.answer = text;
	d.answer_len = strlen(text);
	return d;
}

/** status_line() - a status as clients read it before the command phase */
static const char *status_line(enum status status)
{
	static char line[64];

	snprintf(line, sizeof(line), "%d %s\r\n", status, status_text(status));
	return line;
}

/** unknown() - an answer to a source that has no conversation, within the quota */
static struct udp_decision unknown(struct udp_talk *t, const struct udp_message *m,
				   const char *text, int64_t now)
{
	if (!udp_quota_take(&t->quota, m->path.client.addr, now))
		return drop(t, UDP_COUNT_LIMITED);
	return answer(NULL, text);
}

/** is_beginning() - this VERSION is no straggler and no repetition (see above) */
static bool is_beginning(const struct udp_peer *peer, const struct udp_message *m,
			 int64_t now)
{
	if (peer->state == UDP_PEER_GREETED && peer->step == UDP_STEP_VERSION) {
		if (m->header.sequence == peer->sequence)
			return false;
	} else if (peer->state != UDP_PEER_ENDED && now - peer->heard < MOMENT_MS) {
		return m->header.sequence == udp_header_next(peer->sequence);
	}
	return udp_header_sequence_after(m->header.sequence, peer->sequence) ||
	       udp_header_later(m->header.timestamp, peer->latest) ||
	       now - peer->heard >= STRAGGLER_MS;
}

/** is_held() - a conversation that no VERSION ends: its client has logged in, or has an offer */
static bool is_held(const struct udp_peer *peer)
{
	return udp_peers_has_handler(peer) &&
	       (peer->proven || peer->offered || peer->step == UDP_STEP_PLAIN);
}

/** note() - this is the conversation's last message from now on */
static void note(struct udp_talk *t, struct udp_peer *peer, const struct udp_message *m,
		 int64_t now)
{
	peer->sequence = m->header.sequence;
	peer->text = siphash(t->peers.key, m->text, m->len);
	if (!peer->count || udp_header_later(m->header.timestamp, peer->latest))
		peer->latest = m->header.timestamp;
	peer->copies[0] = m->header.timestamp;
	peer->count = 1;
	peer->repeats = 0;
	peer->wants_nothing = false;
	udp_peers_touch(&t->peers, peer, now);
}

/** begin() - VERSION */
static struct udp_decision begin(struct udp_talk *t, struct udp_peer *peer,
				 const struct udp_message *m, int64_t now)
{
	int let_go = peer ? peer->handler : -1;
	struct udp_decision d;
	bool known = peer;

	if (peer && is_held(peer))
		return drop(t, UDP_COUNT_PAST);
	if (frame_version(m->text, udp_message_line(m)))
		return unknown(t, m, status_line(STATUS_VERSION), now);
	if (!udp_quota_take(&t->quota, m->path.client.addr, now))
		return drop(t, UDP_COUNT_LIMITED);
	peer = udp_peers_greet(&t->peers, peer, &m->path, now);
	if (!known)
		peer->in = udp_peers_wire(m->len);
	peer->little_endian = m->header.little_endian;
	note(t, peer, m, now);
	t->peers.counts[UDP_COUNT_GREETED]++;
	d = answer(peer, t->capability);
	d.let_go = let_go;
	return d;
}

/** greeting_of() - the answer to the last message of a conversation without a handler */
static const char *greeting_of(const struct udp_talk *t, const struct udp_peer *peer)
{
	if (peer->step == UDP_STEP_VERSION)
		return t->capability;
	return peer->step == UDP_STEP_ANONYMOUS ? status_line(STATUS_SUCCESS) : "";
}

/** repeat() - the last message again */
static struct udp_decision repeat(struct udp_talk *t, struct udp_peer *peer,
				  const struct udp_message *m, int64_t now)
{
	bool later = udp_header_later(m->header.timestamp, peer->latest);
	struct udp_decision d;

	/* an empty answer that comes back looks like the empty message it belongs to */
	if (siphash(t->peers.key, m->text, m->len) != peer->text ||
	    peer->repeats >= REPEATS_MAX || (udp_message_is_bare(m) && !later) ||
	    (peer->state == UDP_PEER_ASKED && peer->count == UDP_COPIES_MAX))
		return drop(t, UDP_COUNT_PAST);
	if (later)
		peer->latest = m->header.timestamp;
	udp_peers_touch(&t->peers, peer, now);
	if (peer->state == UDP_PEER_ASKED) {
		peer->copies[peer->count++] = m->header.timestamp;
		return verdict(UDP_WAIT, peer);
	}
	peer->repeats++;
	t->peers.counts[UDP_COUNT_REPEATED]++;
	if (peer->state == UDP_PEER_GREETED)
		return answer(peer, greeting_of(t, peer));
	d = answer(peer, "");
	if (peer->answer) {
		d.answer = peer->answer;
		d.answer_len = peer->answer_len;
	}
	return d;
}

/** start() - a message that needs a handler */
static struct udp_decision start(struct udp_talk *t, struct udp_peer *peer,
				 const struct udp_message *m, int64_t now)
{
	struct udp_decision d = verdict(UDP_START, peer);

	if (!udp_peers_place(&t->peers, peer, now, &d.gives_way))
		return drop(t, UDP_COUNT_REFUSED);
	peer->skip = peer->step == UDP_STEP_VERSION ? 1 : 2;
	note(t, peer, m, now);
	t->peers.counts[UDP_COUNT_STARTED]++;
	return d;
}

/** log_in() - the message after VERSION */
static struct udp_decision log_in(struct udp_talk *t, struct udp_peer *peer,
				  const struct udp_message *m, int64_t now)
{
	struct frame_authenticate wish;

	if (frame_authenticate(m->text, udp_message_line(m), &wish) ||
	    !(wish.mechanism & t->mechanisms)) {
		udp_peers_end(&t->peers, peer, now);
		note(t, peer, m, now);
		udp_peers_keep(peer, status_line(STATUS_AUTH_FAILED),
			       strlen(status_line(STATUS_AUTH_FAILED)));
		return answer(peer, status_line(STATUS_AUTH_FAILED));
	}
	if (wish.mechanism == MECHANISM_ANONYMOUS)
		peer->step = UDP_STEP_ANONYMOUS;
	else if (wish.mechanism == MECHANISM_PLAIN && !wish.initial_len)
		peer->step = UDP_STEP_PLAIN;
	else
		return start(t, peer, m, now);
	note(t, peer, m, now);
	return answer(peer, greeting_of(t, peer));
}

/** acknowledge() - the answer to an offer whose handler did not wait for it (promise.c) */
static struct udp_decision acknowledge(struct udp_talk *t, struct udp_peer *peer,
				       const struct udp_message *m, int64_t now)
{
	struct udp_decision d = answer(peer, "");

	note(t, peer, m, now);
	udp_peers_keep(peer, "", 0);
	d.accepted = true;
	return d;
}

/** go_on() - a new message of a conversation */
static struct udp_decision go_on(struct udp_talk *t, struct udp_peer *peer,
				 const struct udp_message *m, int64_t now)
{
	if (udp_message_is_bare(m) && !peer->wants_nothing)
		return drop(t, UDP_COUNT_SERVER);
	switch (peer->state) {
	case UDP_PEER_GREETED:
		if (peer->step == UDP_STEP_VERSION)
			return log_in(t, peer, m, now);
		return start(t, peer, m, now);
	case UDP_PEER_ASKED:
		return drop(t, UDP_COUNT_EARLY);
	case UDP_PEER_ANSWERED:
		peer->state = UDP_PEER_ASKED; /* both are in the same list */
		note(t, peer, m, now);
		return verdict(UDP_PASS, peer);
	default:
		return peer->promised ? acknowledge(t, peer, m, now)
				      : drop(t, UDP_COUNT_UNKNOWN);
	}
}

/**
 * udp_talk_take() - decide what is done with a message
 * @t:		Conversations
 * @message:	Message; at most UDP_MESSAGE_MAX bytes
 * @now:	Time
 *
 * For UDP_PASS and UDP_START the caller does it: see udp_talk_answer() and udp_talk_end().
 *
 * Return: the decision
 */
struct udp_decision udp_talk_take(struct udp_talk *t, const struct udp_message *message,
				  int64_t now)
{
	struct udp_message m = *message;
	struct udp_peer *peer = udp_peers_find(&t->peers, &m.path);

	t->peers.heard = now;
	if (udp_message_is_servers(&m))
		return drop(t, UDP_COUNT_SERVER);
	if (udp_message_is_echo(&m)) {
		t->peers.counts[UDP_COUNT_ECHO]++;
		return unknown(t, &m, status_line(STATUS_SUCCESS), now);
	}
	if (peer) {
		peer->in += udp_peers_wire(m.len);
		if (m.header.little_endian != peer->little_endian)
			udp_header_swap(&m.header);
	}
	if (udp_message_begins(&m, "VERSION") && (!peer || is_beginning(peer, &m, now)))
		return begin(t, peer, &m, now);
	if (!peer)
		return drop(t, UDP_COUNT_UNKNOWN);
	if (m.header.sequence == peer->sequence)
		return repeat(t, peer, &m, now);
	if (m.header.sequence != udp_header_next(peer->sequence))
		return drop(t, UDP_COUNT_PAST);
	return go_on(t, peer, &m, now);
}

/**
 * udp_talk_preface() - messages that a new handler has to be given before its first one
 * @peer:	Conversation
 * @texts:	Result
 *
 * Return: their number; the handler's answers to them go to nobody
 */
size_t udp_talk_preface(const struct udp_peer *peer, const char *texts[2])
{
	texts[0] = VERSION_TEXT;
	texts[1] = peer->step == UDP_STEP_PLAIN ? PLAIN_TEXT : ANONYMOUS_TEXT;
	return peer->step == UDP_STEP_VERSION ? 1 : 2;
}

/** learn() - what an answer of the handler shows of the conversation */
static void learn(struct udp_talk *t, struct udp_peer *peer, const char *text, size_t len)
{
	size_t left;
	const char *body = udp_message_body(text, len, &left);

	if (len > strlen(RSPAUTH) && !memcmp(text, RSPAUTH, strlen(RSPAUTH))) {
		peer->wants_nothing = true;
		udp_peers_prove(&t->peers, peer);
	}
	if (body && left >= 4 && !memcmp(body, "200 ", 4))
		peer->offered = true;
	peer->promised = peer->offered && peer->step == UDP_STEP_ANONYMOUS &&
			 memmem(text, len, V6UDPV4, strlen(V6UDPV4));
}

/**
 * udp_talk_answer() - the handler has answered
 * @t:		Conversations
 * @peer:	Conversation
 * @data:	The answer
 * @len:	Its length in bytes; 0: there is nothing to say
 *
 * Return: how many copies of the message get it, with the timestamps peer->copies; 0 when
 * the handler was not asked, or says more than a datagram holds
 */
size_t udp_talk_answer(struct udp_talk *t, struct udp_peer *peer, const void *data,
		       size_t len)
{
	if (peer->state != UDP_PEER_ASKED || len > UDP_MESSAGE_MAX)
		return 0;
	if (peer->skip) {
		peer->skip--;
		return 0;
	}
	udp_peers_keep(peer, data, len);
	learn(t, peer, data, len);
	peer->state = UDP_PEER_ANSWERED; /* both are in the same list */
	return peer->count;
}

/**
 * udp_talk_end() - the handler is gone
 *
 * A message that it left unanswered is acknowledged: accept wants no other answer. But a
 * handler that did not get as far as its first message was never there: 530.
 *
 * Return: as udp_talk_answer(), with the answer in @peer
 */
size_t udp_talk_end(struct udp_talk *t, struct udp_peer *peer, int64_t now)
{
	size_t waiting = udp_peers_end(&t->peers, peer, now);
	const char *busy = status_line(STATUS_BUSY);

	if (waiting)
		udp_peers_keep(peer, busy, peer->skip ? strlen(busy) : 0);
	return waiting;
}
