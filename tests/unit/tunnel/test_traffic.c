/* SPDX-License-Identifier: MIT */
/* test_traffic.c - counters in what a template prints */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tunnel/traffic.h"

static void counters_are_read_wherever_they_stand(void **state)
{
	struct traffic t;

	(void)state;
	traffic_parse(
		"\n rx_bytes=1\ttx_bytes=22  rx_packets=333\nother=5 tx_packets=4444\r\n",
		&t);
	assert_true(t.known[TRAFFIC_RX_BYTES] && t.count[TRAFFIC_RX_BYTES] == 1);
	assert_true(t.known[TRAFFIC_TX_BYTES] && t.count[TRAFFIC_TX_BYTES] == 22);
	assert_true(t.known[TRAFFIC_RX_PACKETS] && t.count[TRAFFIC_RX_PACKETS] == 333);
	assert_true(t.known[TRAFFIC_TX_PACKETS] && t.count[TRAFFIC_TX_PACKETS] == 4444);
}

static void what_is_no_counter_is_unknown(void **state)
{
	static const char *const texts[] = {
		"",
		"rx_bytes",
		"rx_bytes=",
		"rx_bytes=-1",
		"rx_bytes=1x",
		"rx_bytes=+1",
		"rx_bytes= 1",
		"rx_bytes=18446744073709551616",
		"rx_bytes=99999999999999999999999",
		"xrx_bytes=1",
		"rx_bytesx=1",
		"RX_BYTES=1",
	};
	struct traffic t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		traffic_parse(texts[i], &t);
		assert_false(t.known[TRAFFIC_RX_BYTES]);
	}
	traffic_parse("rx_bytes=18446744073709551615", &t);
	assert_true(t.known[TRAFFIC_RX_BYTES]);
	assert_true(t.count[TRAFFIC_RX_BYTES] == UINT64_MAX);
	traffic_parse("rx_bytes=5 rx_bytes=nonsense", &t);
	assert_false(t.known[TRAFFIC_RX_BYTES]);
}

static void the_time_of_the_last_proof(void **state)
{
	struct traffic t;

	(void)state;
	traffic_parse("proof_packets=3 proof_seconds=40", &t);
	assert_int_equal(t.count[TRAFFIC_PROOF_PACKETS], 3);
	assert_int_equal(traffic_heard(&t, 1000), 960);
	traffic_parse("proof_packets=0", &t);
	assert_int_equal(traffic_heard(&t, 1000), 0);
	traffic_parse("proof_packets=1 proof_seconds=18446744073709551615", &t);
	assert_int_equal(traffic_heard(&t, 1000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_are_read_wherever_they_stand),
		cmocka_unit_test(what_is_no_counter_is_unknown),
		cmocka_unit_test(the_time_of_the_last_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
