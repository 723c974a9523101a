/* SPDX-License-Identifier: MIT */
/* test_udp_limits.c - how much of the table of UDP peers anybody can have, and for how long */
#include "tests/unit/listen/udp_fixture.h"

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

static void a_short_datagram_does_not_fetch_a_long_answer(void **state)
{
	(void)state;
	begun();
	assert_int_equal(say(FIRST, 11, "").verdict, UDP_DROP);
	assert_int_equal(say(FIRST, 12, "V").verdict, UDP_DROP);
	assert_int_equal(table.counts[UDP_COUNT_PAST], 2);
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

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(both_ends_make_a_peer),
		TEST(a_source_has_its_share),
		TEST(a_full_table_harms_nobody_in_it),
		TEST(a_handler_may_not_say_too_much),
		TEST(a_short_datagram_does_not_fetch_a_long_answer),
		TEST(handlers_have_a_deadline),
		TEST(nobody_is_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
