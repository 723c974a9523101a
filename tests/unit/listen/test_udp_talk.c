/* SPDX-License-Identifier: MIT */
/* test_udp_talk.c - what is done with messages over UDP, in whatever order they come */
#include "tests/unit/listen/udp_fixture.h"

static void a_conversation(void **state)
{
	struct udp_decision d;
	const char *texts[2];
	struct udp_peer *peer;

	(void)state;
	assert_answer(say(FIRST, 10, VERSION), CAPABILITY);
	assert_answer(say(FIRST + 1, 20, AUTH), SUCCESS);
	assert_false(udp_peers_busy(&talk->peers));
	d = say(FIRST + 2, 30, CREATE);
	assert_int_equal(d.verdict, UDP_START);
	peer = d.peer;
	assert_true(udp_peers_busy(&talk->peers));
	assert_int_equal(udp_talk_preface(peer, texts), 2);
	assert_string_equal(texts[0], "VERSION=2.0.0\r\n");
	assert_string_equal(texts[1], AUTH);
	answer(peer, CAPABILITY, 0); /* known to the client already */
	answer(peer, SUCCESS, 0);
	answer(peer, OFFER, 1);
	assert_int_equal(peer->copies[0], 30);
	assert_int_equal(say(FIRST + 3, 40, "accept").verdict, UDP_PASS);
	assert_int_equal(udp_talk_end(talk, peer, now), 1);
	assert_int_equal(peer->answer_len, 0); /* a bare header */
	assert_false(udp_peers_busy(&talk->peers));
}

static void a_password_starts_a_handler(void **state)
{
	struct udp_decision d;
	const char *texts[2];

	(void)state;
	say(FIRST, 10, VERSION);
	assert_answer(say(FIRST + 1, 20, PLAIN), "");
	assert_false(udp_peers_busy(&talk->peers));
	d = say(FIRST + 2, 30, "YWxpY2U=\r\n");
	assert_int_equal(d.verdict, UDP_START);
	assert_int_equal(udp_talk_preface(d.peer, texts), 2);
	assert_string_equal(texts[1], PLAIN);
	answer(d.peer, CAPABILITY, 0);
	answer(d.peer, "", 0);
	answer(d.peer, SUCCESS, 1);
}

static void a_challenge_needs_a_handler(void **state)
{
	struct udp_decision d;
	const char *texts[2];

	(void)state;
	say(FIRST, 10, VERSION);
	d = say(FIRST + 1, 20, DIGEST);
	assert_int_equal(d.verdict, UDP_START);
	assert_int_equal(udp_talk_preface(d.peer, texts), 1);
	answer(d.peer, CAPABILITY, 0);
	answer(d.peer, "cmVhbG09Ig==\r\n", 1);
	assert_false(d.peer->proven);
	assert_int_equal(say(FIRST + 2, 30, "dXNlcm5hbWU9Ig==\r\n").verdict, UDP_PASS);
	answer(d.peer, RSPAUTH, 1);
	assert_true(d.peer->proven);
	assert_int_equal(say(FIRST + 3, 40, "").verdict,
			 UDP_PASS); /* it asks for the 200 */
}

static void what_is_not_served_is_refused_without_a_handler(void **state)
{
	const struct udp_path a = from(1, 1), b = from(1, 2), c = from(1, 3);

	(void)state;
	assert_answer(say_from(&a, FIRST, 10, "VERSION=9\r\n"),
		      "302 Unsupported client version\r\n");
	assert_dropped(say_from(&a, FIRST + 1, 20, AUTH), UDP_COUNT_UNKNOWN);
	say_from(&b, FIRST, 10, VERSION);
	assert_answer(say_from(&b, FIRST + 1, 20, "AUTHENTICATE NTLM\r\n"),
		      "300 Authentication failed\r\n");
	assert_answer(say_from(&b, FIRST + 1, 21, "AUTHENTICATE NTLM\r\n"),
		      "300 Authentication failed\r\n");
	talk->mechanisms = MECHANISM_ANONYMOUS;
	say_from(&c, FIRST, 10, VERSION);
	assert_answer(say_from(&c, FIRST + 1, 20, PLAIN),
		      "300 Authentication failed\r\n");
	assert_int_equal(counted(UDP_COUNT_STARTED), 0);
}

static void a_repeated_message_is_answered_from_memory(void **state)
{
	struct udp_peer *peer;
	uint32_t i;

	(void)state;
	assert_answer(say(FIRST, 10, VERSION), CAPABILITY);
	assert_answer(say(FIRST, 2010, VERSION), CAPABILITY);
	assert_answer(say(FIRST, 10, VERSION), CAPABILITY);
	assert_answer(say(FIRST + 1, 2020, AUTH), SUCCESS);
	assert_answer(say(FIRST + 1, 3020, AUTH), SUCCESS);
	peer = say(FIRST + 2, 4000, CREATE).peer;
	answer(peer, CAPABILITY, 0);
	answer(peer, SUCCESS, 0);
	answer(peer, "no", 1);
	for (i = 0; i < 32; i++)
		assert_answer(say(FIRST + 2, 4001 + i, CREATE), "no");
	/* enough is enough */
	assert_int_equal(say(FIRST + 2, 5000, CREATE).verdict, UDP_DROP);
	assert_int_equal(say(FIRST + 3, 5010, "other").verdict, UDP_PASS);
}

static void only_the_same_text_is_a_repetition(void **state)
{
	(void)state;
	begun();
	assert_dropped(say(FIRST + 2, 31, ""), UDP_COUNT_PAST);
	assert_dropped(say(FIRST + 2, 32, "V"), UDP_COUNT_PAST);
	assert_dropped(say(FIRST + 2, 33,
			   "Content-length: 30\r\n<tunnel action=\"delete\">......"),
		       UDP_COUNT_PAST);
	assert_int_equal(counted(UDP_COUNT_PAST), 3);
}

static void copies_wait_for_the_answer(void **state)
{
	struct udp_peer *peer = begun();
	uint32_t i;

	(void)state;
	assert_int_equal(say(FIRST + 3, 40, "more").verdict, UDP_PASS);
	for (i = 1; i < UDP_COPIES_MAX; i++)
		assert_int_equal(say(FIRST + 3, 40 + i, "more").verdict, UDP_WAIT);
	assert_int_equal(say(FIRST + 3, 99, "more").verdict, UDP_DROP);
	answer(peer, "200", UDP_COPIES_MAX);
	for (i = 0; i < UDP_COPIES_MAX; i++)
		assert_int_equal(peer->copies[i], 40 + i);
	answer(peer, "unasked", 0);
	assert_answer(say(FIRST + 3, 100, "more"), "200");
}

static void only_the_next_number_is_new(void **state)
{
	static const uint32_t wrong[] = {FIRST,     FIRST + 1,  FIRST + 4,
					 FIRST + 5, 0xf8000000, 0xffffffff};
	struct udp_peer *peer = begun();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_dropped(say(wrong[i], 40, "delete"), UDP_COUNT_PAST);
	assert_int_equal(counted(UDP_COUNT_PAST), sizeof(wrong) / sizeof(wrong[0]));
	assert_int_equal(say(FIRST + 3, 40, "delete").verdict, UDP_PASS);
	assert_int_equal(peer->sequence, FIRST + 3);
}

static void numbers_wrap_below_their_nibble(void **state)
{
	(void)state;
	assert_answer(say(0xffffffff, 10, VERSION), CAPABILITY);
	assert_answer(say(0xf0000000, 20, AUTH), SUCCESS);
}

/** say_reversed() - from a client that writes its header with the low byte first */
static struct udp_decision say_reversed(uint32_t sequence, const char *text)
{
	uint8_t bytes[UDP_HEADER_LEN] = {(uint8_t)sequence, (uint8_t)(sequence >> 8),
					 (uint8_t)(sequence >> 16),
					 (uint8_t)(sequence >> 24)};
	struct udp_message m = {.path = from(9, 9), .text = text, .len = strlen(text)};

	assert_int_equal(udp_header_read(bytes, sizeof(bytes), &m.header),
			 UDP_SIGNALLING);
	return udp_talk_take(talk, &m, now);
}

static void the_byte_order_is_that_of_version(void **state)
{
	(void)state;
	assert_answer(say_reversed(0xf00001ee, "VERSION=2.0.0"), CAPABILITY);
	assert_answer(say_reversed(0xf00001ef, "AUTHENTICATE PLAIN"), "");
	/* now its first byte looks like the RFC's order */
	assert_int_equal(say_reversed(0xf00001f0, "password").verdict, UDP_START);
	/* the reverse order does not count */
	assert_int_equal(say_reversed(0xf10001f0, "password").verdict, UDP_DROP);
}

static void nobody_talks_before_the_answer(void **state)
{
	struct udp_peer *peer = begun();

	(void)state;
	say(FIRST + 3, 40, "first");
	assert_dropped(say(FIRST + 4, 50, "second"), UDP_COUNT_EARLY);
	answer(peer, "200", 1);
	assert_int_equal(say(FIRST + 4, 60, "second").verdict, UDP_PASS);
}

static void a_clock_may_wrap(void **state)
{
	(void)state;
	assert_answer(say(FIRST, 0xfffffff0, VERSION), CAPABILITY);
	assert_answer(say(FIRST + 1, 5, AUTH), SUCCESS);
	assert_int_equal(say(FIRST, 0xfffffff0, VERSION).verdict, UDP_DROP);
}

static void an_ended_conversation_is_remembered_for_a_while(void **state)
{
	struct udp_peer *peer = begun();

	(void)state;
	say(FIRST + 3, 40, "accept");
	udp_talk_end(talk, peer, now);
	now += 29999;
	assert_null(udp_peers_overdue(&talk->peers, now));
	assert_answer(say(FIRST + 3, 50, "accept"), "");
	assert_dropped(say(FIRST + 4, 60, "more"), UDP_COUNT_UNKNOWN);
	now += 1;
	assert_int_equal(udp_peers_next(&talk->peers), now);
	assert_null(udp_peers_overdue(&talk->peers, now));
	assert_int_equal(udp_peers_next(&talk->peers), INT64_MAX);
	assert_dropped(say(FIRST + 3, 70, "accept"), UDP_COUNT_UNKNOWN);
	assert_answer(say(FIRST, 80, VERSION), CAPABILITY);
}

static void a_handler_that_never_was_is_busy(void **state)
{
	const struct udp_path path = from(1, 40000);
	struct udp_decision d;

	(void)state;
	greeted(&path);
	d = say(FIRST + 2, 30, CREATE);
	answer(d.peer, CAPABILITY, 0);
	assert_int_equal(udp_talk_end(talk, d.peer, now), 1);
	assert_answer(say(FIRST + 2, 40, CREATE), BUSY);
}

static void echo_needs_no_conversation(void **state)
{
	struct udp_peer *peer;

	(void)state;
	assert_answer(say(FIRST, 10, "ECHO REQUEST"), SUCCESS);
	assert_answer(say(0xf0000000, 0, "ECHO REQUEST\r\n"), SUCCESS);
	assert_int_equal(udp_peers_next(&talk->peers), INT64_MAX);
	assert_dropped(say(FIRST, 10, "ECHO REQUESTED"), UDP_COUNT_UNKNOWN);
	peer = begun();
	assert_answer(say(FIRST + 9, 40, "ECHO REQUEST"), SUCCESS);
	assert_int_equal(peer->sequence, FIRST + 2); /* and takes no part in one */
}

static void no_answer_earns_an_answer(void **state)
{
	static const char capability[] = CAPABILITY;
	static const char *const said[] = {
		capability,
		SUCCESS,
		BUSY,
		OFFER,
		"1302 Unsupported client version\r\n",
		"Content-length: 25\r\n530 Server too busy\r\n",
		"",
		"\r\n",
		CREATE,
		"200",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		assert_int_equal(say(FIRST, 10, said[i]).verdict, UDP_DROP);
	begun();
	for (i = 0; i < 7;
	     i++) { /* within a conversation neither, with the right number */
		assert_int_equal(say(FIRST + 3, 40, said[i]).verdict, UDP_DROP);
		assert_int_equal(say(FIRST + 2, 31, said[i]).verdict, UDP_DROP);
	}
	assert_true(counted(UDP_COUNT_SERVER) > 12);
}

static void an_empty_answer_that_comes_back_earns_none(void **state)
{
	struct udp_peer *peer;

	(void)state;
	say(FIRST, 10, VERSION);
	peer = say(FIRST + 1, 20, DIGEST).peer;
	answer(peer, CAPABILITY, 0);
	answer(peer, RSPAUTH, 1);
	assert_int_equal(say(FIRST + 2, 30, "").verdict, UDP_PASS);
	answer(peer, "", 1);
	assert_int_equal(say(FIRST + 2, 30, "").verdict, UDP_DROP);
	assert_answer(say(FIRST + 2, 31, ""), ""); /* a client repeats at a later time */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_conversation),
		TEST(a_password_starts_a_handler),
		TEST(a_challenge_needs_a_handler),
		TEST(what_is_not_served_is_refused_without_a_handler),
		TEST(a_repeated_message_is_answered_from_memory),
		TEST(only_the_same_text_is_a_repetition),
		TEST(copies_wait_for_the_answer),
		TEST(only_the_next_number_is_new),
		TEST(numbers_wrap_below_their_nibble),
		TEST(the_byte_order_is_that_of_version),
		TEST(nobody_talks_before_the_answer),
		TEST(a_clock_may_wrap),
		TEST(an_ended_conversation_is_remembered_for_a_while),
		TEST(a_handler_that_never_was_is_busy),
		TEST(echo_needs_no_conversation),
		TEST(no_answer_earns_an_answer),
		TEST(an_empty_answer_that_comes_back_earns_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
