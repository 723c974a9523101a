/* SPDX-License-Identifier: MIT */
/* test_udp_peers.c - what is done with messages over UDP, in whatever order they come */
#include "tests/unit/listen/udp_fixture.h"

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

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_conversation),
		TEST(a_repeated_message_is_answered_from_memory),
		TEST(copies_wait_for_the_answer),
		TEST(stragglers_are_dropped),
		TEST(nobody_talks_before_the_answer),
		TEST(version_with_a_later_number_begins_again),
		TEST(version_at_a_later_time_begins_again),
		TEST(version_after_silence_begins_again),
		TEST(a_clock_may_wrap),
		TEST(an_ended_conversation_is_remembered_for_a_while),
		TEST(a_handler_that_never_was_is_busy),
		TEST(echo_needs_no_conversation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
