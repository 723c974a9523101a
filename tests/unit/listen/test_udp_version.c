/* SPDX-License-Identifier: MIT */
/* test_udp_version.c - when VERSION begins a conversation again, and when it must not */
#include "tests/unit/listen/udp_fixture.h"

static void stragglers_are_dropped(void **state)
{
	(void)state;
	begun();
	assert_int_equal(say(FIRST + 1, 20, AUTH).verdict, UDP_DROP);
	assert_int_equal(say(FIRST, 10, VERSION).verdict, UDP_DROP);
	assert_int_equal(say(FIRST, 25, VERSION).verdict, UDP_DROP);
	assert_int_equal(counted(UDP_COUNT_PAST), 3);
	assert_answer(say(FIRST + 2, 31, CREATE), "no");
}

static void version_begins_again(void **state)
{
	static const struct {
		uint32_t sequence, timestamp;
		int64_t later;
	} rows[] = {
		{FIRST + 3, 30, 0},    /* the next number */
		{FIRST + 4, 30, 1000}, /* a later number */
		{FIRST, 31, 1000},     /* a later time */
		{0xf0000000, 5, 3000}, /* after silence: the client counts anew */
	};
	struct udp_decision d;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begun();
		now += rows[i].later;
		d = say(rows[i].sequence, rows[i].timestamp, VERSION);
		assert_answer(d, CAPABILITY);
		assert_int_equal(d.let_go, 7);
		assert_false(udp_peers_busy(&talk->peers));
		tear_down(state);
		set_up(state);
	}
	begun();
	now += 2999;
	assert_int_equal(say(FIRST, 5, VERSION).verdict, UDP_DROP);
}

/* a forger who knows the path says VERSION all the time: whoever goes on is served */
static void version_ends_nobody_who_goes_on(void **state)
{
	struct udp_peer *peer;
	int i;

	(void)state;
	say(FIRST, 10, VERSION);
	peer = say(FIRST + 1, 20, "AUTHENTICATE PLAIN\r\n").peer;
	for (i = 0; i < 10; i++) {
		now += 99;
		assert_dropped(say(FIRST, 1000, VERSION), UDP_COUNT_PAST);
		assert_dropped(say(FIRST + 9, 1000, VERSION), UDP_COUNT_PAST);
	}
	assert_ptr_equal(say(FIRST + 2, 30, "AGEAYg==\r\n").peer, peer);
	/* nor during a login by DIGEST-MD5, which has proven nothing yet */
	tear_down(state);
	set_up(state);
	say(FIRST, 10, VERSION);
	assert_int_equal(say(FIRST + 1, 20, DIGEST).verdict, UDP_START);
	assert_dropped(say(FIRST, 1000, VERSION), UDP_COUNT_PAST);
	assert_dropped(say(FIRST + 9, 1000, VERSION), UDP_COUNT_PAST);
}

static void version_ends_no_offer(void **state)
{
	struct udp_peer *peer = begun();

	(void)state;
	say(FIRST + 3, 40, CREATE);
	answer(peer, OFFER, 1);
	now += 60000;
	assert_dropped(say(FIRST + 9, 99999, VERSION), UDP_COUNT_PAST);
	assert_int_equal(say(FIRST + 4, 50, "accept").verdict, UDP_PASS);
	udp_talk_end(talk, peer, now);
	assert_answer(say(FIRST + 9, 99999, VERSION), CAPABILITY);
}

static void version_ends_nobody_who_has_logged_in(void **state)
{
	struct udp_peer *peer;

	(void)state;
	say(FIRST, 10, VERSION);
	peer = say(FIRST + 1, 20, DIGEST).peer;
	answer(peer, CAPABILITY, 0);
	answer(peer, "cmVhbG09Ig==\r\n", 1);
	say(FIRST + 2, 30, "dXNlcm5hbWU9Ig==\r\n");
	answer(peer, RSPAUTH, 1);
	assert_dropped(say(FIRST + 9, 99999, VERSION), UDP_COUNT_PAST);
	assert_int_equal(say(FIRST + 3, 40, "").verdict, UDP_PASS);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(stragglers_are_dropped),
		TEST(version_begins_again),
		TEST(version_ends_nobody_who_goes_on),
		TEST(version_ends_no_offer),
		TEST(version_ends_nobody_who_has_logged_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
