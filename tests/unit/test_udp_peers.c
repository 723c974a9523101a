/* SPDX-License-Identifier: MIT */
/*
 * test_udp_peers.c - what is done with messages over UDP, by a clock that the test turns
 *
 * The test plays both sides of the table: datagrams come in with say(), the handler's
 * answers with answer(), and nothing else exists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "udp/peers.h"

#define FIRST   0xf00000f0
#define VERSION "VERSION=2.0.2\r\n"
#define AUTH    "AUTHENTICATE ANONYMOUS\r\n"
#define BUSY    "530 Server too busy\r\n"
#define PEERS   4
#define SOURCES 2

static struct udp_peers table;
static int64_t now;

static int set_up(void **state)
{
	const struct udp_limits limits = {
		.peers = PEERS, .per_source = SOURCES, .session = 70000, .memory = 30000};

	(void)state;
	now = 1000000;
	return udp_peers_init(&table, &limits, now);
}

static int tear_down(void **state)
{
	(void)state;
	udp_peers_free(&table);
	return 0;
}

/** from() - a path from 192.0.2.@host, port @port */
static struct udp_path from(uint32_t host, uint16_t port)
{
	return (struct udp_path){
		.client = {.addr.s_addr = htonl(0xc0000200 + host), .port = port},
		.server = {.addr.s_addr = htonl(0xc6336401), .port = 3653},
	};
}

/** say_from() - a datagram */
static struct udp_decision say_from(const struct udp_path *path, uint32_t sequence,
				    uint32_t timestamp, const char *text)
{
	const struct udp_message m = {.path = *path,
				      .header = {sequence, timestamp},
				      .text = text,
				      .len = strlen(text)};

	return udp_peers_take(&table, &m, now);
}

/** say() - one of the only client that most tests have */
static struct udp_decision say(uint32_t sequence, uint32_t timestamp, const char *text)
{
	const struct udp_path path = from(1, 40000);

	return say_from(&path, sequence, timestamp, text);
}

static void answer(struct udp_peer *peer, const char *text, size_t copies)
{
	assert_int_equal(udp_peers_answer(peer, text, strlen(text)), copies);
}

static void assert_answer(struct udp_decision d, const char *text)
{
	assert_int_equal(d.verdict, UDP_ANSWER);
	assert_int_equal(d.answer_len, strlen(text));
	assert_memory_equal(d.answer, text, strlen(text));
}

/** begun() - a conversation whose VERSION was answered */
static struct udp_peer *begun(void)
{
	struct udp_decision d = say(FIRST, 10, VERSION);

	assert_int_equal(d.verdict, UDP_START);
	answer(d.peer, "CAPABILITY", 1);
	return d.peer;
}

static void a_conversation(void **state)
{
	struct udp_peer *peer = begun();
	struct udp_decision d = say(FIRST + 1, 20, AUTH);

	(void)state;
	assert_int_equal(d.verdict, UDP_PASS);
	assert_ptr_equal(d.peer, peer);
	answer(peer, "200", 1);
	assert_int_equal(peer->copies[0], 20);
	assert_int_equal(say(FIRST + 2, 30, "accept").verdict, UDP_PASS);
	assert_true(udp_peers_busy(&table));
	assert_int_equal(udp_peers_end(&table, peer, now), 1);
	assert_int_equal(peer->answer_len, 0); /* a bare header */
	assert_false(udp_peers_busy(&table));
}

static void a_repeated_message_is_answered_from_memory(void **state)
{
	struct udp_peer *peer = begun();
	int i;

	(void)state;
	assert_answer(say(FIRST, 2010, VERSION), "CAPABILITY");
	assert_answer(say(FIRST, 10, VERSION), "CAPABILITY");
	assert_int_equal(say(FIRST + 1, 2020, AUTH).verdict, UDP_PASS);
	answer(peer, "", 1);
	for (i = 0; i < 32; i++)
		assert_answer(say(FIRST + 1, 2030, AUTH), "");
	/* enough is enough */
	assert_int_equal(say(FIRST + 1, 2040, AUTH).verdict, UDP_DROP);
	assert_int_equal(say(FIRST + 2, 2050, "create").verdict, UDP_PASS);
}

static void copies_wait_for_the_answer(void **state)
{
	struct udp_peer *peer = begun();
	uint32_t i;

	(void)state;
	assert_int_equal(say(FIRST + 1, 20, AUTH).verdict, UDP_PASS);
	for (i = 1; i < UDP_COPIES_MAX; i++)
		assert_int_equal(say(FIRST + 1, 20 + i, AUTH).verdict, UDP_WAIT);
	assert_int_equal(say(FIRST + 1, 99, AUTH).verdict, UDP_DROP);
	answer(peer, "200", UDP_COPIES_MAX);
	for (i = 0; i < UDP_COPIES_MAX; i++)
		assert_int_equal(peer->copies[i], 20 + i);
	answer(peer, "unasked", 0);
	assert_answer(say(FIRST + 1, 100, AUTH), "200");
}

static void a_short_datagram_does_not_fetch_a_long_answer(void **state)
{
	(void)state;
	begun();
	assert_int_equal(say(FIRST, 11, "").verdict, UDP_DROP);
	assert_int_equal(say(FIRST, 12, "V").verdict, UDP_DROP);
	assert_int_equal(table.counts[UDP_COUNT_PAST], 2);
}

static void stragglers_are_dropped(void **state)
{
	struct udp_peer *peer = begun();

	(void)state;
	say(FIRST + 1, 20, AUTH);
	answer(peer, "200", 1);
	say(FIRST + 2, 30, "create");
	answer(peer, "offer", 1);
	assert_int_equal(say(FIRST + 1, 20, AUTH).verdict, UDP_DROP);
	assert_int_equal(say(FIRST, 10, VERSION).verdict, UDP_DROP);
	assert_int_equal(say(FIRST, 25, VERSION).verdict, UDP_DROP);
	assert_int_equal(table.counts[UDP_COUNT_PAST], 3);
	assert_answer(say(FIRST + 2, 31, "create"), "offer");
}

static void nobody_talks_before_the_answer(void **state)
{
	struct udp_peer *peer = begun();

	(void)state;
	say(FIRST + 1, 20, AUTH);
	assert_int_equal(say(FIRST + 2, 30, "create").verdict, UDP_DROP);
	assert_int_equal(table.counts[UDP_COUNT_EARLY], 1);
	answer(peer, "200", 1);
	assert_int_equal(say(FIRST + 2, 40, "create").verdict, UDP_PASS);
}

static void assert_starts(struct udp_decision d, const struct udp_peer *peer)
{
	assert_int_equal(d.verdict, UDP_START);
	assert_ptr_equal(d.peer, peer);
	assert_int_equal(table.counts[UDP_COUNT_STARTED], 2);
}

static void version_with_a_later_number_begins_again(void **state)
{
	struct udp_peer *peer = begun();

	(void)state;
	say(FIRST + 1, 20, AUTH);
	assert_starts(say(FIRST + 2, 20, VERSION), peer);
	answer(peer, "CAPABILITY", 1);
}

static void version_at_a_later_time_begins_again(void **state)
{
	struct udp_peer *peer = begun();

	(void)state;
	say(FIRST + 1, 20, AUTH);
	assert_starts(say(FIRST, 21, VERSION), peer);
	/* not the message that this number belongs to */
	assert_int_equal(say(FIRST, 22, "VERSION=2\r\n").verdict, UDP_DROP);
}

static void version_after_silence_begins_again(void **state)
{
	struct udp_peer *peer = begun();

	(void)state;
	say(FIRST + 1, 20, AUTH);
	answer(peer, "200", 1);
	now += 2999;
	assert_int_equal(say(FIRST, 5, VERSION).verdict, UDP_DROP);
	now += 1; /* what was dropped does not break the silence */
	assert_starts(say(0xf0000000, 5, VERSION), peer);
}

static void a_clock_may_wrap(void **state)
{
	struct udp_decision d = say(FIRST, 0xfffffff0, VERSION);

	(void)state;
	answer(d.peer, "CAPABILITY", 1);
	assert_int_equal(say(FIRST + 1, 5, AUTH).verdict, UDP_PASS);
	assert_int_equal(say(FIRST, 0xfffffff0, VERSION).verdict, UDP_DROP);
}

static void an_ended_conversation_is_remembered_for_a_while(void **state)
{
	struct udp_peer *peer = begun();

	(void)state;
	say(FIRST + 1, 20, "accept");
	udp_peers_end(&table, peer, now);
	now += 29999;
	assert_null(udp_peers_overdue(&table, now));
	assert_answer(say(FIRST + 1, 30, "accept"), "");
	assert_int_equal(table.counts[UDP_COUNT_REPEATED], 1);
	assert_answer(say(FIRST + 2, 30, "more"), "");
	assert_int_equal(table.counts[UDP_COUNT_UNKNOWN], 1);
	now += 1;
	assert_int_equal(udp_peers_next(&table), now);
	assert_null(udp_peers_overdue(&table, now));
	assert_int_equal(udp_peers_next(&table), INT64_MAX);
	assert_answer(say(FIRST + 1, 40, "accept"), "");
	assert_int_equal(table.counts[UDP_COUNT_UNKNOWN], 2);
	assert_int_equal(say(FIRST, 50, VERSION).verdict, UDP_START);
}

static void a_handler_that_never_was_is_busy(void **state)
{
	struct udp_decision d = say(FIRST, 10, VERSION);

	(void)state;
	assert_int_equal(udp_peers_end(&table, d.peer, now), 1);
	assert_answer((struct udp_decision){UDP_ANSWER, NULL, d.peer->answer,
					    d.peer->answer_len},
		      BUSY);
	assert_answer(say(FIRST, 20, VERSION), BUSY);
}

static void handlers_have_a_deadline(void **state)
{
	struct udp_peer *peer = begun();

	(void)state;
	now += 60000;
	say(FIRST + 1, 20, AUTH); /* does not prolong it */
	answer(peer, "200", 1);
	assert_int_equal(udp_peers_next(&table), now + 10000);
	now += 9999;
	assert_null(udp_peers_overdue(&table, now));
	now += 1;
	assert_ptr_equal(udp_peers_overdue(&table, now), peer);
	udp_peers_end(&table, peer, now);
	assert_null(udp_peers_overdue(&table, now));
}

static void nobody_is_nobody(void **state)
{
	(void)state;
	assert_answer(say(FIRST, 10, AUTH), "");
	assert_answer(say(FIRST, 10, ""), "");
	assert_int_equal(table.counts[UDP_COUNT_UNKNOWN], 2);
	assert_int_equal(udp_peers_next(&table), INT64_MAX);
}

static void echo_needs_no_conversation(void **state)
{
	struct udp_peer *peer;

	(void)state;
	assert_answer(say(FIRST, 10, "ECHO REQUEST"), "200 Success\r\n");
	assert_answer(say(0xf0000000, 0, "ECHO REQUEST\r\n"), "200 Success\r\n");
	assert_int_equal(udp_peers_next(&table), INT64_MAX);
	assert_answer(say(FIRST, 10, "ECHO REQUESTED"), "");
	peer = begun();
	assert_answer(say(FIRST + 9, 20, "ECHO REQUEST"), "200 Success\r\n");
	assert_int_equal(peer->sequence, FIRST); /* and takes no part in one */
}

static void both_ends_make_a_peer(void **state)
{
	struct udp_path other = from(1, 40001), address = from(1, 40000),
			socket = address;

	(void)state;
	begun();
	assert_int_equal(say_from(&other, FIRST + 1, 20, AUTH).verdict, UDP_ANSWER);
	address.server.addr.s_addr = htonl(0xc6336402);
	assert_int_equal(say_from(&address, FIRST + 1, 20, AUTH).verdict, UDP_ANSWER);
	socket.socket = 1;
	assert_int_equal(say_from(&socket, FIRST + 1, 20, AUTH).verdict, UDP_ANSWER);
	assert_int_equal(table.counts[UDP_COUNT_UNKNOWN], 3);
}

static void a_source_has_its_share(void **state)
{
	struct udp_path a = from(1, 1), b = from(1, 2), c = from(1, 3), d = from(2, 1);
	struct udp_peer *peer;

	(void)state;
	peer = say_from(&a, FIRST, 1, VERSION).peer;
	assert_int_equal(say_from(&b, FIRST, 1, VERSION).verdict, UDP_START);
	assert_answer(say_from(&c, FIRST, 1, VERSION), BUSY);
	assert_int_equal(say_from(&d, FIRST, 1, VERSION).verdict, UDP_START);
	udp_peers_end(&table, peer, now); /* memory does not count */
	assert_int_equal(say_from(&c, FIRST, 1, VERSION).verdict, UDP_START);
	assert_answer(say_from(&a, FIRST + 5, 9, VERSION), BUSY);
}

static void a_full_table_harms_nobody_in_it(void **state)
{
	struct udp_path late = from(200, 1), first = from(100, 1), path;
	struct udp_peer *peer[PEERS];
	uint32_t i;

	(void)state;
	for (i = 0; i < PEERS; i++) {
		path = from(100 + i, 1);
		peer[i] = say_from(&path, FIRST, 1, VERSION).peer;
		answer(peer[i], "CAPABILITY", 1);
	}
	for (i = 0; i < 1000; i++) {
		late = from(200, (uint16_t)(1 + i));
		assert_answer(say_from(&late, FIRST, 1, VERSION), BUSY);
	}
	assert_int_equal(table.counts[UDP_COUNT_REFUSED], 1000);
	assert_int_equal(say_from(&first, FIRST + 1, 2, AUTH).verdict, UDP_PASS);

	/* the one that ended first makes room */
	udp_peers_end(&table, peer[2], now);
	now += 10;
	peer[1]->heard = now;
	udp_peers_end(&table, peer[1], now);
	assert_ptr_equal(say_from(&late, FIRST, 1, VERSION).peer, peer[2]);
}

static void a_handler_may_not_say_too_much(void **state)
{
	static const char text[UDP_MESSAGE_MAX + 1];
	struct udp_decision d = say(FIRST, 10, VERSION);

	(void)state;
	assert_int_equal(udp_peers_answer(d.peer, text, sizeof(text)), 0);
	assert_int_equal(udp_peers_answer(d.peer, text, sizeof(text) - 1), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_conversation),
		TEST(a_repeated_message_is_answered_from_memory),
		TEST(copies_wait_for_the_answer),
		TEST(a_short_datagram_does_not_fetch_a_long_answer),
		TEST(stragglers_are_dropped),
		TEST(nobody_talks_before_the_answer),
		TEST(version_with_a_later_number_begins_again),
		TEST(version_at_a_later_time_begins_again),
		TEST(version_after_silence_begins_again),
		TEST(a_clock_may_wrap),
		TEST(an_ended_conversation_is_remembered_for_a_while),
		TEST(a_handler_that_never_was_is_busy),
		TEST(handlers_have_a_deadline),
		TEST(nobody_is_nobody),
		TEST(echo_needs_no_conversation),
		TEST(both_ends_make_a_peer),
		TEST(a_source_has_its_share),
		TEST(a_full_table_harms_nobody_in_it),
		TEST(a_handler_may_not_say_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
