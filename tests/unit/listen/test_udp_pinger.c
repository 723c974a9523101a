/* SPDX-License-Identifier: MIT */
/* test_udp_pinger.c - when clients with an offer that takes no state are pinged */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "listen/udp_pinger.h"

static struct udp_pinger pinger;

static struct udp_path from(uint16_t port)
{
	return (struct udp_path){.client.port = port};
}

static void five_times_each_later(void **state)
{
	static const int64_t after[] = {1000, 2000, 4000, 8000, 16000};
	struct udp_path a = from(1), out;
	size_t i;

	(void)state;
	memset(&pinger, 0, sizeof(pinger));
	assert_int_equal(udp_pinger_next(&pinger), INT64_MAX);
	udp_pinger_add(&pinger, &a, 5000);
	for (i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		assert_int_equal(udp_pinger_next(&pinger), 5000 + after[i]);
		assert_false(udp_pinger_take(&pinger, 5000 + after[i] - 1, &out));
		assert_true(udp_pinger_take(&pinger, 5000 + after[i], &out));
		assert_int_equal(out.client.port, 1);
		assert_false(udp_pinger_take(&pinger, 5000 + after[i], &out));
	}
	assert_int_equal(udp_pinger_next(&pinger), INT64_MAX);
}

static void many_at_once_and_no_more_than_there_is_room(void **state)
{
	struct udp_path path, out;
	unsigned i, taken = 0;

	(void)state;
	memset(&pinger, 0, sizeof(pinger));
	for (i = 0; i < UDP_PINGER_ROOM + 50; i++) {
		path = from((uint16_t)i);
		udp_pinger_add(&pinger, &path, i);
	}
	assert_int_equal(udp_pinger_next(&pinger), 1000);
	while (udp_pinger_take(&pinger, 2500, &out))
		assert_int_equal(out.client.port, taken++);
	assert_int_equal(taken, UDP_PINGER_ROOM);
	assert_int_equal(udp_pinger_next(&pinger), 3500);
	path = from(7); /* there is room again */
	udp_pinger_add(&pinger, &path, 2500);
	assert_true(udp_pinger_take(&pinger, 3500, &out));
	assert_int_equal(out.client.port, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_times_each_later),
		cmocka_unit_test(many_at_once_and_no_more_than_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
