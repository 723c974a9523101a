/* SPDX-License-Identifier: MIT */
/*
 * udp_fixture.h - conversations over UDP, and a clock that the test turns
 *
 * The test plays both sides: datagrams come in with say(), the handler's answers with
 * answer(), and nothing else exists.
 */
#ifndef TESTS_UNIT_UDP_FIXTURE_H
#define TESTS_UNIT_UDP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/config.h"
#include "listen/udp_talk.h"

#define FIRST   0xf00000f0
#define VERSION "VERSION=2.0.2\r\n"
#define AUTH    "AUTHENTICATE ANONYMOUS\r\n"
#define PLAIN   "AUTHENTICATE PLAIN\r\n"
#define DIGEST  "AUTHENTICATE DIGEST-MD5\r\n"
#define CREATE  "Content-length: 30\r\n<tunnel action=\"create\">......"
#define SUCCESS "200 Success\r\n"
#define BUSY    "530 Server too busy\r\n"
#define RSPAUTH "cnNwYXV0aD1lYTQwZjYwMzM1YzQyN2I1NTI3Yjg0ZGJhYmNkZmZmZA==\r\n"
#define OFFER                                                                            \
	"Content-length: 50\r\n200 Success\r\n<tunnel action=\"info\" type=\"v6udpv4\">"
#define CAPABILITY                                                                       \
	"CAPABILITY TUNNEL=V6V4 TUNNEL=V6UDPV4 AUTH=ANONYMOUS AUTH=PLAIN "               \
	"AUTH=DIGEST-MD5\r\n"
#define TALKS   8
#define PEERS   4
#define SOURCES 2

static struct udp_talk *talk;
static int64_t now;

static inline int set_up(void **state)
{
	const struct udp_limits limits = {.talks = TALKS,
					  .peers = PEERS,
					  .per_source = SOURCES,
					  .session = 70000,
					  .memory = 30000};

	(void)state;
	now = 1000000;
	talk = calloc(1, sizeof(*talk));
	return udp_talk_init(talk, &limits,
			     MECHANISM_ANONYMOUS | MECHANISM_PLAIN | MECHANISM_DIGEST_MD5,
			     true, now);
}

static inline int tear_down(void **state)
{
	(void)state;
	udp_talk_free(talk);
	free(talk);
	return 0;
}

static inline unsigned long counted(enum udp_count what)
{
	return talk->peers.counts[what];
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
	struct udp_decision d = udp_talk_take(talk, &m, now);

	if (d.gives_way)
		udp_talk_end(talk, d.gives_way, now);
	if (d.verdict == UDP_START)
		d.peer->handler = 7;
	return d;
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
	assert_int_equal(udp_talk_answer(talk, peer, text, strlen(text)), copies);
}

static inline void assert_answer(struct udp_decision d, const char *text)
{
	assert_int_equal(d.verdict, UDP_ANSWER);
	assert_int_equal(d.answer_len, strlen(text));
	assert_memory_equal(d.answer, text, strlen(text));
}

static inline void assert_dropped(struct udp_decision d, enum udp_count why)
{
	assert_int_equal(d.verdict, UDP_DROP);
	assert_true(counted(why) > 0);
}

/** greeted() - a conversation without a handler, after AUTHENTICATE ANONYMOUS */
static inline void greeted(const struct udp_path *path)
{
	assert_answer(say_from(path, FIRST, 10, VERSION), CAPABILITY);
	assert_answer(say_from(path, FIRST + 1, 20, AUTH), SUCCESS);
}

/** started() - a conversation whose handler was given its first message, number FIRST + 2 */
static inline struct udp_peer *started(const struct udp_path *path)
{
	struct udp_decision d;

	greeted(path);
	d = say_from(path, FIRST + 2, 30, CREATE);
	assert_int_equal(d.verdict, UDP_START);
	answer(d.peer, CAPABILITY, 0);
	answer(d.peer, SUCCESS, 0);
	return d.peer;
}

/** begun() - the only client's, whose message was answered */
static inline struct udp_peer *begun(void)
{
	const struct udp_path path = from(1, 40000);
	struct udp_peer *peer = started(&path);

	answer(peer, "no", 1);
	return peer;
}

#endif
