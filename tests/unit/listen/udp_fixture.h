/* SPDX-License-Identifier: MIT */
/*
 * udp_fixture.h - a table of peers, and a clock that the test turns
 *
 * The test plays both sides of the table: datagrams come in with say(), the handler's
 * answers with answer(), and nothing else exists.
 */
#ifndef TESTS_UNIT_UDP_FIXTURE_H
#define TESTS_UNIT_UDP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "listen/udp_peers.h"

#define FIRST   0xf00000f0
#define VERSION "VERSION=2.0.2\r\n"
#define AUTH    "AUTHENTICATE ANONYMOUS\r\n"
#define BUSY    "530 Server too busy\r\n"
#define PEERS   4
#define SOURCES 2

static struct udp_peers table;
static int64_t now;

static inline int set_up(void **state)
{
	const struct udp_limits limits = {
		.peers = PEERS, .per_source = SOURCES, .session = 70000, .memory = 30000};

	(void)state;
	now = 1000000;
	return udp_peers_init(&table, &limits, now);
}

static inline int tear_down(void **state)
{
	(void)state;
	udp_peers_free(&table);
	return 0;
}

/** from() - a path from 192.0.2.@host, port @port */
static inline struct udp_path from(uint32_t host, uint16_t port)
{
	return (struct udp_path){
		.client = {.addr.s_addr = htonl(0xc0000200 + host), .port = port},
		.server = {.addr.s_addr = htonl(0xc6336401), .port = 3653},
	};
}

/** say_from() - a datagram */
static inline struct udp_decision say_from(const struct udp_path *path, uint32_t sequence,
					   uint32_t timestamp, const char *text)
{
	const struct udp_message m = {.path = *path,
				      .header = {sequence, timestamp},
				      .text = text,
				      .len = strlen(text)};

	return udp_peers_take(&table, &m, now);
}

/** say() - one of the only client that most tests have */
static inline struct udp_decision say(uint32_t sequence, uint32_t timestamp,
				      const char *text)
{
	const struct udp_path path = from(1, 40000);

	return say_from(&path, sequence, timestamp, text);
}

static inline void answer(struct udp_peer *peer, const char *text, size_t copies)
{
	assert_int_equal(udp_peers_answer(peer, text, strlen(text)), copies);
}

static inline void assert_answer(struct udp_decision d, const char *text)
{
	assert_int_equal(d.verdict, UDP_ANSWER);
	assert_int_equal(d.answer_len, strlen(text));
	assert_memory_equal(d.answer, text, strlen(text));
}

/** begun() - a conversation whose VERSION was answered */
static inline struct udp_peer *begun(void)
{
	struct udp_decision d = say(FIRST, 10, VERSION);

	assert_int_equal(d.verdict, UDP_START);
	answer(d.peer, "CAPABILITY", 1);
	return d.peer;
}

#endif
