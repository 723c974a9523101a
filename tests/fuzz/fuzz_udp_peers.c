/* SPDX-License-Identifier: MIT */
/*
 * fuzz_udp_peers.c - conversations over UDP, by any order of datagrams, answers and deadlines
 *
 * Input: events of eight bytes each: what happens, who it happens to, a sequence, a
 * timestamp, and how much later it is. Whatever the order:
 *
 * - a message is given to a handler once, and only to one that was started
 * - places, and the half of them for unproven paths, are not exceeded
 * - an answer goes to no more copies than came, and to none that was not asked
 * - an unproven path gets at most three times what came from it
 */
#include <stdlib.h>
#include <string.h>

#include "lib/config.h"
#include "listen/udp_talk.h"
#include "tests/fuzz/fuzz.h"

#define TALKS      4
#define PEERS      6
#define PER_SOURCE 2
#define EVENT_LEN  8

static struct udp_talk talk;
static int64_t now;

static const char *const texts[] = {
	"VERSION=2.0.2\r\n",
	"AUTHENTICATE ANONYMOUS\r\n",
	"AUTHENTICATE DIGEST-MD5\r\n",
	"",
	"ECHO REQUEST",
	"Content-length: 10\r\n<tunnel/>\r\n",
	"AUTHENTICATE PLAIN\r\n",
	"200 Success\r\n",
};

/** handler_at() - the entry with this number, if it has a handler */
static struct udp_peer *handler_at(uint8_t number)
{
	struct udp_peer *p = &talk.peers.entries[number % (TALKS + PEERS)];

	return udp_peers_has_handler(p) ? p : NULL;
}

static void end(struct udp_peer *p)
{
	size_t asked = p->state == UDP_PEER_ASKED ? p->count : 0;

	CHECK(udp_talk_end(&talk, p, now) == asked);
	CHECK(p->state == UDP_PEER_ENDED && p->handler == -1);
}

/** send_answer() - what a caller does with an answer */
static void send_answer(struct udp_peer *peer, size_t asked, size_t len)
{
	if (!udp_peers_may_send(&talk.peers, peer, asked, len))
		return;
	if (peer)
		CHECK(peer->proven || peer->out <= 3 * peer->in);
	else
		CHECK(udp_peers_wire(len) <= 3 * udp_peers_wire(asked));
}

/** receive() - a datagram; the conversation takes the message that the decision says */
static void receive(const uint8_t *event)
{
	struct udp_message m = {.path.server = {.port = 3653}};
	struct udp_decision d;

	m.text = texts[event[1] & 7];
	m.len = strlen(m.text);
	m.path.client.addr.s_addr = event[2] & 7;
	m.path.client.port = (uint16_t)(1 + (event[2] >> 3 & 3));
	m.header.sequence = 0xf00000f0 + (event[3] & 15);
	m.header.timestamp = event[4];
	d = udp_talk_take(&talk, &m, now);
	if (d.gives_way)
		end(d.gives_way);

	CHECK(d.verdict != UDP_ANSWER || d.answer);
	CHECK(d.verdict == UDP_ANSWER || !d.answer_len);
	CHECK(talk.peers.unproven_count + talk.peers.trusted_count <= PEERS);
	if (d.verdict == UDP_ANSWER)
		send_answer(d.peer, m.len, d.answer_len);
	if (d.verdict != UDP_PASS && d.verdict != UDP_START)
		return;
	CHECK(d.peer->state == UDP_PEER_ASKED && d.peer->count == 1);
	CHECK(d.peer->sequence == m.header.sequence);
	CHECK((d.verdict == UDP_START) == (d.peer->handler == -1));
	d.peer->handler = 1;
}

/** answer() - a handler says something, asked or not */
static void answer(const uint8_t *event)
{
	static const char *const said[] = {"", "cnNwYXV0aD0x\r\n",
					   "Content-length: 5\r\n200 x", "300 no\r\n"};
	struct udp_peer *p = handler_at(event[1]);
	const char *text = said[event[2] & 3];
	size_t asked, i, copies;

	if (!p)
		return;
	asked = p->state == UDP_PEER_ASKED && !p->skip ? p->count : 0;
	copies = udp_talk_answer(&talk, p, text, strlen(text));
	CHECK(copies == asked && asked <= UDP_COPIES_MAX);
	for (i = 0; i < copies; i++)
		send_answer(p, 0, p->answer_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct udp_limits limits = {.talks = TALKS,
					  .peers = PEERS,
					  .per_source = PER_SOURCE,
					  .session = 7000,
					  .memory = 3000};
	struct udp_peer *p;

	now = 1000;
	CHECK(!udp_talk_init(&talk, &limits,
			     MECHANISM_ANONYMOUS | MECHANISM_PLAIN | MECHANISM_DIGEST_MD5,
			     true, now));
	for (; size >= EVENT_LEN; data += EVENT_LEN, size -= EVENT_LEN) {
		now += data[5] * 32;
		switch (data[0] & 3) {
		case 0:
		case 1:
			receive(data);
			break;
		case 2:
			answer(data);
			break;
		default:
			p = handler_at(data[1]);
			if (p)
				end(p);
			break;
		}
		while ((p = udp_peers_overdue(&talk.peers, now)))
			end(p);
		CHECK(udp_peers_next(&talk.peers) > now);
	}
	udp_talk_free(&talk);
	return 0;
}
