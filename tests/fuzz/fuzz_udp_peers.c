/* SPDX-License-Identifier: MIT */
/*
 * fuzz_udp_peers.c - the table of peers, by any order of datagrams, answers and deadlines
 *
 * Input: events of eight bytes each: what happens, who it happens to, a sequence, a
 * timestamp, and how much later it is. Whatever the order:
 *
 * - a message is given to a handler once, and only to one that was started
 * - nobody has more conversations than the limit says
 * - an answer goes to no more copies than came, and to none that was not asked
 */
#include <stdlib.h>
#include <string.h>

#include "listen/udp_peers.h"
#include "tests/fuzz/fuzz.h"

#define PEERS      6
#define PER_SOURCE 2
#define EVENT_LEN  8

static struct udp_peers table;
static int64_t now;

/** working() - entries with a handler, all or those of one source */
static size_t working(const struct in_addr *source)
{
	size_t i, n = 0;

	for (i = 0; i < PEERS; i++) {
		const struct udp_peer *p = &table.peers[i];

		if (p->state != UDP_PEER_ASKED && p->state != UDP_PEER_ANSWERED)
			continue;
		n += !source || p->path.client.addr.s_addr == source->s_addr;
	}
	return n;
}

/** receive() - a datagram; the entry takes the message that the decision says */
static void receive(const uint8_t *event)
{
	static const char *const texts[] = {"VERSION=2.0.2\r\n", "AUTHENTICATE PLAIN\r\n",
					    "", "ECHO REQUEST"};
	struct udp_message m = {.path.server = {.port = 3653}};
	struct udp_decision d;

	m.text = texts[event[1] & 3];
	m.len = strlen(m.text);
	m.path.client.addr.s_addr = event[2] & 7;
	m.path.client.port = (uint16_t)(1 + (event[2] >> 3 & 3));
	m.header.sequence = 0xf00000f0 + (event[3] & 15);
	m.header.timestamp = event[4];
	d = udp_peers_take(&table, &m, now);

	CHECK(d.verdict != UDP_ANSWER || d.answer);
	CHECK(d.verdict == UDP_ANSWER || !d.answer_len);
	CHECK(working(&m.path.client.addr) <= PER_SOURCE);
	if (d.verdict != UDP_PASS && d.verdict != UDP_START)
		return;
	CHECK(d.peer->state == UDP_PEER_ASKED && d.peer->count == 1);
	CHECK(d.peer->sequence == m.header.sequence);
	CHECK((d.verdict == UDP_START) == d.peer->first);
	if (d.verdict == UDP_START)
		d.peer->handler = 1;
	CHECK(d.peer->handler == 1);
	CHECK(working(NULL) <= PEERS);
}

/** answer() - a handler says something, asked or not */
static void answer(const uint8_t *event)
{
	struct udp_peer *p = &table.peers[event[1] % PEERS];
	size_t asked = p->state == UDP_PEER_ASKED ? p->count : 0;
	size_t len = event[2];

	if (p->state == UDP_PEER_FREE || p->state == UDP_PEER_ENDED)
		return;
	CHECK(udp_peers_answer(p, "1234567890123456789012345678901234567890", len % 40) ==
	      asked);
	CHECK(p->state == UDP_PEER_ANSWERED);
	CHECK(asked <= UDP_COPIES_MAX);
}

static void end(struct udp_peer *p)
{
	size_t asked = p->state == UDP_PEER_ASKED ? p->count : 0;

	CHECK(udp_peers_end(&table, p, now) == asked);
	CHECK(p->state == UDP_PEER_ENDED && p->handler == -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct udp_limits limits = {.peers = PEERS,
					  .per_source = PER_SOURCE,
					  .session = 7000,
					  .memory = 3000};
	struct udp_peer *p;

	now = 1000;
	CHECK(!udp_peers_init(&table, &limits, now));
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
		case 3:
			p = &table.peers[data[1] % PEERS];
			if (p->state == UDP_PEER_ASKED || p->state == UDP_PEER_ANSWERED)
				end(p);
			break;
		}
		while ((p = udp_peers_overdue(&table, now)))
			end(p);
		CHECK(udp_peers_next(&table) > now);
		CHECK(udp_peers_busy(&table) == (working(NULL) > 0));
	}
	udp_peers_free(&table);
	return 0;
}
