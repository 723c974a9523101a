/* SPDX-License-Identifier: MIT */
/* test_ping.c - when a tunnel is alive, and when it is dead */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/ping.h"
#include "lib/clock.h"
#include "tsp/io.h"

static int64_t now; /* milliseconds */
static struct ping ping;

/* stands in for tsp/io.c */
int64_t clock_ms(void)
{
	return now;
}

/** reset() - a keepalive each 30 seconds to a server that promised answers */
static int reset(void **state)
{
	struct ping_settings settings = {.seconds = 30, .strict = true};

	(void)state;
	now = 1000000;
	inet_pton(AF_INET6, "2001:db8::2", &settings.from);
	inet_pton(AF_INET6, "2001:db8::1", &settings.to);
	ping_start(&ping, &settings);
	return 0;
}

/** sends() - a ping is due now; @packet gets it */
static void sends(uint8_t packet[PING_LEN])
{
	assert_int_equal(ping_advance(&ping), PING_SEND);
	ping_packet(&ping, packet);
}

/** answers() - to this ping, by the address it went to */
static bool answers(const uint8_t packet[PING_LEN])
{
	uint8_t answer[PING_LEN];

	memcpy(answer, packet, PING_LEN);
	memcpy(answer + 8, packet + 24, 16);
	memcpy(answer + 24, packet + 8, 16);
	answer[40] = 129;
	return ping_is_answer(&ping, answer, sizeof(answer));
}

/** in_time() - the next event is due, after @least to @most milliseconds */
static void in_time(int64_t least, int64_t most)
{
	assert_true(ping_due(&ping) - now >= least && ping_due(&ping) - now <= most);
	now = ping_due(&ping);
}

/** settle() - the first ping is answered */
static void settle(void)
{
	uint8_t packet[PING_LEN];

	sends(packet);
	now += 20;
	assert_true(answers(packet));
	assert_int_equal(ping.rtt, 20);
}

static void three_without_an_answer_are_the_end(void **state)
{
	uint8_t packet[PING_LEN];
	unsigned i;

	(void)state;
	settle();
	in_time(27000, 30000);
	for (i = 0; i < 3; i++) {
		sends(packet);
		in_time(5000, 5000);
	}
	assert_int_equal(ping_advance(&ping), PING_LOST);
	assert_int_equal(ping_advance(&ping), PING_NOTHING);
}

static void somebody_in_a_hurry_waits_three_seconds(void **state)
{
	uint8_t packet[PING_LEN];
	unsigned i;

	(void)state;
	settle();
	ping_hurry(&ping);
	for (i = 0; i < 3; i++) {
		sends(packet);
		in_time(1000, 1000);
	}
	assert_int_equal(ping_advance(&ping), PING_LOST);
}

static void packets_of_the_tunnel_grant_nine_more(void **state)
{
	uint8_t packet[PING_LEN];
	unsigned i;

	(void)state;
	settle();
	in_time(27000, 30000);
	for (i = 0; i < 12; i++) {
		sends(packet);
		ping_heard(&ping);
		in_time(5000, 5000);
	}
	assert_int_equal(ping_advance(&ping), PING_LOST);
}

static void packets_before_the_last_ping_say_nothing(void **state)
{
	uint8_t packet[PING_LEN];

	(void)state;
	settle();
	ping_hurry(&ping);
	sends(packet);
	ping_heard(&ping);
	in_time(1000, 1000);
	sends(packet);
	ping_heard(&ping);
	in_time(1000, 1000);
	sends(packet);
	in_time(1000, 1000);
	assert_int_equal(ping_advance(&ping), PING_LOST);
}

static void a_late_answer_is_an_answer(void **state)
{
	uint8_t first[PING_LEN], second[PING_LEN];

	(void)state;
	settle();
	ping_hurry(&ping);
	sends(first);
	in_time(1000, 1000);
	sends(second);
	now += 500;
	assert_true(answers(first));
	assert_int_equal(ping.rtt, 1500);
	in_time(27000, 30000);
	/* the other one is of a round that is over */
	assert_false(answers(second));
	sends(first);
	assert_false(answers(second));
	assert_true(answers(first));
}

static void a_process_that_was_stopped_judges_nobody(void **state)
{
	uint8_t packet[PING_LEN];
	unsigned i;

	(void)state;
	settle();
	ping_hurry(&ping);
	sends(packet);
	for (i = 0; i < 3; i++) {
		now = ping_due(&ping) + 60000;
		sends(packet);
	}
	in_time(1000, 1000);
	sends(packet);
	in_time(1000, 1000);
	sends(packet);
	in_time(1000, 1000);
	assert_int_equal(ping_advance(&ping), PING_LOST);
}

static void what_is_not_the_answer(void **state)
{
	/* addresses, code, identifier, sequence number, secret */
	static const unsigned spots[] = {8, 23, 24, 39, 41, 44, 45, 46, 47, 48, 63};
	uint8_t packet[PING_LEN], forged[PING_LEN];
	unsigned i;

	(void)state;
	sends(packet);
	for (i = 0; i < sizeof(spots) / sizeof(spots[0]); i++) {
		memcpy(forged, packet, PING_LEN);
		forged[spots[i]] ^= 1;
		assert_false(answers(forged));
	}
	assert_false(ping_is_answer(&ping, packet, PING_LEN));
	assert_true(answers(packet));
	assert_false(answers(packet));
}

static void a_server_that_never_answered_is_asked_seldom(void **state)
{
	uint8_t packet[PING_LEN];
	unsigned i;

	(void)state;
	ping.settings.strict = false;
	for (i = 0; i < 3; i++) {
		sends(packet);
		in_time(1000, 1000);
	}
	assert_int_equal(ping_advance(&ping), PING_NOTHING);
	in_time(30000, 30000);
	sends(packet);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(three_without_an_answer_are_the_end),
		TEST(somebody_in_a_hurry_waits_three_seconds),
		TEST(packets_of_the_tunnel_grant_nine_more),
		TEST(packets_before_the_last_ping_say_nothing),
		TEST(a_late_answer_is_an_answer),
		TEST(a_process_that_was_stopped_judges_nobody),
		TEST(what_is_not_the_answer),
		TEST(a_server_that_never_answered_is_asked_seldom),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
