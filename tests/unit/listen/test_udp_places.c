/* SPDX-License-Identifier: MIT */
/* test_udp_places.c - how much of tsp-udp anybody can have: entries, places, answers, bytes */
#include "tests/unit/listen/udp_fixture.h"

/** logged_in() - a conversation of an account whose path is proven */
static struct udp_peer *logged_in(const struct udp_path *path)
{
	struct udp_peer *peer;

	say_from(path, FIRST, 10, VERSION);
	peer = say_from(path, FIRST + 1, 20, DIGEST).peer;
	assert_non_null(peer);
	answer(peer, CAPABILITY, 0);
	answer(peer, RSPAUTH, 1);
	assert_true(peer->proven);
	return peer;
}

static void both_ends_make_a_peer(void **state)
{
	struct udp_path other = from(1, 40001), address = from(1, 40000),
			socket = address;

	(void)state;
	begun();
	assert_dropped(say_from(&other, FIRST + 3, 40, "x"), UDP_COUNT_UNKNOWN);
	address.server.addr.s_addr = htonl(0xc6336402);
	assert_dropped(say_from(&address, FIRST + 3, 40, "x"), UDP_COUNT_UNKNOWN);
	socket.socket = 1;
	assert_dropped(say_from(&socket, FIRST + 3, 40, "x"), UDP_COUNT_UNKNOWN);
	assert_int_equal(counted(UDP_COUNT_UNKNOWN), 3);
}

static void greetings_take_no_place(void **state)
{
	struct udp_path path;
	uint16_t i;

	(void)state;
	for (i = 1; i <= 100; i++) {
		path = from(i, i);
		greeted(&path);
	}
	assert_false(udp_peers_busy(&talk->peers));
	begun(); /* whoever comes then is served */
}

static void the_entry_that_was_silent_longest_gives_way(void **state)
{
	struct udp_path path, first = from(1, 1);
	uint16_t i;

	(void)state;
	for (i = 1; i <= TALKS + PEERS; i++) {
		path = from(i, 1);
		assert_answer(say_from(&path, FIRST, 10, VERSION), CAPABILITY);
		now++;
	}
	assert_answer(say_from(&first, FIRST, 20, VERSION), CAPABILITY); /* heard again */
	path = from(200, 1);
	assert_answer(say_from(&path, FIRST, 10, VERSION), CAPABILITY);
	path = from(2, 1);
	assert_dropped(say_from(&path, FIRST + 1, 20, AUTH), UDP_COUNT_UNKNOWN);
	assert_answer(say_from(&first, FIRST + 1, 30, AUTH), SUCCESS);
}

static void unproven_ones_hold_half_of_the_places(void **state)
{
	struct udp_path a = from(1, 1), b = from(1, 2), c = from(1, 3);
	struct udp_peer *first, *second;
	struct udp_decision d;

	(void)state;
	first = started(&a);
	answer(first, "no", 1);
	now++;
	second = started(&b);
	answer(second, "no", 1);
	greeted(&c);
	assert_dropped(say_from(&c, FIRST + 2, 30, CREATE), UDP_COUNT_REFUSED);
	assert_int_equal(first->state, UDP_PEER_ANSWERED); /* heard a moment ago */
	now += 1000;
	d = say_from(&c, FIRST + 2, 40, CREATE);
	assert_int_equal(d.verdict, UDP_START);
	assert_int_equal(first->state, UDP_PEER_ENDED);
	assert_int_equal(second->state, UDP_PEER_ANSWERED);
	assert_int_equal(talk->peers.unproven_count, PEERS / 2);
}

static void a_handler_at_work_does_not_give_way(void **state)
{
	struct udp_path a = from(1, 1), b = from(1, 2), c = from(1, 3);
	struct udp_peer *first = started(&a), *second = started(&b);

	(void)state;
	now += 5000;
	greeted(&c);
	assert_dropped(say_from(&c, FIRST + 2, 30, CREATE), UDP_COUNT_REFUSED);
	assert_int_equal(first->state, UDP_PEER_ASKED);
	assert_int_equal(second->state, UDP_PEER_ASKED);
}

static void a_proven_one_never_gives_way(void **state)
{
	struct udp_path a = from(1, 1), b = from(2, 1), path;
	struct udp_peer *first = logged_in(&a), *second = logged_in(&b);
	uint16_t i;

	(void)state;
	for (i = 1; i <= 100; i++) {
		path = from(100 + i, 1);
		answer(started(&path), "no", 1);
		now += 1000;
	}
	assert_int_equal(first->state, UDP_PEER_ANSWERED);
	assert_int_equal(second->state, UDP_PEER_ANSWERED);
	assert_int_equal(talk->peers.trusted_count, 2);
}

static void an_address_has_its_share_of_the_other_half(void **state)
{
	struct udp_path path[3] = {from(1, 1), from(1, 2), from(1, 3)};

	(void)state;
	assert_true(logged_in(&path[0])->trusted);
	assert_true(logged_in(&path[1])->trusted);
	assert_false(logged_in(&path[2])->trusted); /* but it is served */
	assert_int_equal(talk->peers.trusted_count, SOURCES);
	path[0] = from(2, 1);
	assert_true(logged_in(&path[0])->trusted);
}

static void a_handler_may_not_say_too_much(void **state)
{
	static const char text[UDP_MESSAGE_MAX + 1];
	const struct udp_path path = from(1, 1);
	struct udp_peer *peer = started(&path);

	(void)state;
	assert_int_equal(udp_talk_answer(talk, peer, text, sizeof(text)), 0);
	assert_int_equal(udp_talk_answer(talk, peer, text, sizeof(text) - 1), 1);
}

static void handlers_have_a_deadline(void **state)
{
	struct udp_peer *peer = begun();

	(void)state;
	now += 60000;
	say(FIRST + 3, 40, "more"); /* does not prolong it */
	answer(peer, "200", 1);
	assert_int_equal(udp_peers_next(&talk->peers), now + 10000);
	now += 9999;
	assert_null(udp_peers_overdue(&talk->peers, now));
	now += 1;
	assert_ptr_equal(udp_peers_overdue(&talk->peers, now), peer);
	udp_talk_end(talk, peer, now);
	assert_null(udp_peers_overdue(&talk->peers, now));
}

static void an_unproven_path_gets_three_times_its_bytes(void **state)
{
	const struct udp_path path = from(1, 1);
	struct udp_peer *peer = started(&path);
	struct udp_peers *t = &talk->peers;
	size_t in = 3 * (UDP_WIRE_BYTES + UDP_HEADER_LEN) + strlen(VERSION AUTH CREATE);

	(void)state;
	assert_int_equal(peer->in, in);
	peer->out = 0;
	assert_false(udp_peers_may_send(t, peer, 0, 3 * in - 35));
	assert_true(udp_peers_may_send(t, peer, 0, 3 * in - 36));
	assert_false(udp_peers_may_send(t, peer, 0, 0));
	say_from(&path, FIRST + 2, 31, CREATE); /* repeats its message, and gets more */
	assert_true(udp_peers_may_send(t, peer, 0, strlen(CREATE)));
	peer->proven = true;
	assert_true(udp_peers_may_send(t, peer, 0, 4000));
	assert_true(counted(UDP_COUNT_LIMITED) == 2);
}

static void what_is_counted_survives_version(void **state)
{
	const struct udp_path path = from(1, 1);
	struct udp_peer *peer = started(&path);
	uint64_t in = peer->in;

	(void)state;
	peer->out = 3 * in;
	now += 1000;
	peer = say_from(&path, FIRST, 1000, VERSION).peer;
	assert_int_equal(peer->in,
			 in + UDP_WIRE_BYTES + UDP_HEADER_LEN + strlen(VERSION));
	assert_int_equal(peer->out, 3 * in);
}

static void answers_outside_of_conversations_have_a_quota(void **state)
{
	static struct udp_quota q;
	const uint64_t key[2] = {1, 2};
	struct in_addr a = {.s_addr = 1};
	unsigned given = 0, i;

	(void)state;
	udp_quota_init(&q, key);
	for (i = 0; i < 2 * UDP_QUOTA_SOURCE; i++)
		given += udp_quota_take(&q, a, 5000);
	assert_int_equal(given, UDP_QUOTA_SOURCE);
	assert_false(udp_quota_take(&q, a, 5999));
	assert_true(udp_quota_take(&q, a, 6000));
	for (given = 0, i = 0; i < 2 * UDP_QUOTA_ALL; i++) {
		a.s_addr = i;
		given += udp_quota_take(&q, a, 8000);
	}
	assert_int_equal(given, UDP_QUOTA_ALL);
}

static void an_answer_above_the_quota_is_not_given(void **state)
{
	unsigned i, given = 0;

	(void)state;
	for (i = 0; i < 2 * UDP_QUOTA_SOURCE; i++)
		given += say(FIRST, 10, "ECHO REQUEST").verdict == UDP_ANSWER;
	assert_int_equal(given, UDP_QUOTA_SOURCE);
	assert_dropped(say(FIRST, 10, VERSION), UDP_COUNT_LIMITED);
	assert_dropped(say(FIRST, 10, "VERSION=9"), UDP_COUNT_LIMITED);
}

static void an_offer_without_a_handler_is_acknowledged_once(void **state)
{
	struct udp_peer *peer = begun();
	struct udp_decision d;

	(void)state;
	say(FIRST + 3, 40, CREATE);
	answer(peer, OFFER, 1);
	assert_int_equal(udp_talk_end(talk, peer, now), 0);
	assert_answer(say(FIRST + 3, 50, CREATE), OFFER);
	d = say(FIRST + 4, 60, "accept");
	assert_answer(d, "");
	assert_true(d.accepted);
	peer->promised = false; /* as udp_prover_accepted() does */
	d = say(FIRST + 4, 70, "accept");
	assert_answer(d, "");
	assert_false(d.accepted);
	assert_dropped(say(FIRST + 5, 80, "more"), UDP_COUNT_UNKNOWN);
	assert_int_equal(counted(UDP_COUNT_STARTED), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(both_ends_make_a_peer),
		TEST(greetings_take_no_place),
		TEST(the_entry_that_was_silent_longest_gives_way),
		TEST(unproven_ones_hold_half_of_the_places),
		TEST(a_handler_at_work_does_not_give_way),
		TEST(a_proven_one_never_gives_way),
		TEST(an_address_has_its_share_of_the_other_half),
		TEST(a_handler_may_not_say_too_much),
		TEST(an_offer_without_a_handler_is_acknowledged_once),
		TEST(handlers_have_a_deadline),
		TEST(an_unproven_path_gets_three_times_its_bytes),
		TEST(what_is_counted_survives_version),
		TEST(answers_outside_of_conversations_have_a_quota),
		TEST(an_answer_above_the_quota_is_not_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
