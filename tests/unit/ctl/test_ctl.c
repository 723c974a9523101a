/* SPDX-License-Identifier: MIT */
/* test_ctl.c - what tspctl reads from templates and shows to people */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "alloc/header.h"
#include "alloc/lease_line.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "ctl/ui/progress.h"
#include "tunnel/traffic.h"
#include "upkeep/worklist.h"

static void counters_are_read_wherever_they_stand(void **state)
{
	struct traffic t;
	uint64_t n;

	(void)state;
	traffic_parse(
		"\n rx_bytes=1\ttx_bytes=22  rx_packets=333\nother=5 tx_packets=4444\r\n",
		&t);
	assert_true(t.known[TRAFFIC_RX_BYTES] && t.count[TRAFFIC_RX_BYTES] == 1);
	assert_true(t.known[TRAFFIC_TX_BYTES] && t.count[TRAFFIC_TX_BYTES] == 22);
	assert_true(t.known[TRAFFIC_RX_PACKETS] && t.count[TRAFFIC_RX_PACKETS] == 333);
	assert_true(t.known[TRAFFIC_TX_PACKETS] && t.count[TRAFFIC_TX_PACKETS] == 4444);
	assert_true(traffic_received(&t, &n));
	assert_int_equal(n, 333);
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
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		traffic_parse(texts[i], &t);
		assert_false(t.known[TRAFFIC_RX_BYTES]);
		assert_false(traffic_received(&t, &n));
	}
	traffic_parse("rx_bytes=18446744073709551615", &t);
	assert_true(traffic_received(&t, &n));
	assert_true(n == UINT64_MAX);
	traffic_parse("rx_bytes=5 rx_bytes=nonsense", &t);
	assert_false(traffic_received(&t, &n));
}

static void times_are_told_in_one_unit(void **state)
{
	static const struct {
		time_t away;
		const char *text;
	} table[] = {
		{0, "0s ago"},         {1, "in 1s"},         {-1, "1s ago"},
		{119, "in 119s"},      {120, "in 2m"},       {7199, "in 119m"},
		{7200, "in 2h"},       {-172799, "47h ago"}, {172800, "in 2d"},
		{31536000, "in 365d"},
	};
	char text[OUTPUT_TIME_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(
			output_time(1000000000 + table[i].away, 1000000000, text),
			table[i].text);
	output_time(253402300799, 0, text); /* the last time that a file can hold */
	assert_string_equal(text, "in 2932896d");
}

static void bytes_are_told_in_three_digits(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} table[] = {
		{0, "0 B"},         {999, "999 B"},         {1000, "1.0 KB"},
		{9940, "9.9 KB"},   {12345, "12 KB"},       {999499, "999 KB"},
		{999500, "1.0 MB"}, {1234567890, "1.2 GB"}, {UINT64_MAX, "18 EB"},
	};
	char text[OUTPUT_TIME_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(output_bytes(table[i].n, text), table[i].text);
}

static void a_bar_is_as_full_as_its_part(void **state)
{
	char text[11];

	(void)state;
	progress_bar(0, 10, text);
	assert_string_equal(text, "..........");
	progress_bar(0.55, 10, text);
	assert_string_equal(text, "#####.....");
	progress_bar(1, 10, text);
	assert_string_equal(text, "##########");
	progress_bar(7, 10, text);
	assert_string_equal(text, "##########");
	progress_bar(-1, 10, text);
	assert_string_equal(text, "..........");
}

static void pools_have_their_names(void **state)
{
	enum pool_kind pool;

	(void)state;
	assert_int_equal(options_pool("users", &pool), 0);
	assert_int_equal(pool, POOL_USERS);
	assert_int_equal(options_pool("anonymous", &pool), 0);
	assert_int_equal(pool, POOL_ANONYMOUS);
	assert_int_equal(options_pool("", &pool), -1);
	assert_int_equal(options_pool("user", &pool), -1);
}

static void a_list_is_worked_through_once(void **state)
{
	struct worklist todo = {.items = NULL};
	const struct worklist_item *item;
	uint32_t i;

	(void)state;
	assert_null(worklist_next(&todo));
	for (i = 1; i <= 1000; i++)
		assert_int_equal(worklist_add(&todo, POOL_ANONYMOUS, i, i % 3, i), 0);
	for (i = 1; (item = worklist_next(&todo)); i++) {
		assert_int_equal(item->number, i);
		assert_int_equal(item->pool, POOL_ANONYMOUS);
		assert_int_equal(item->mark, i % 3);
		assert_int_equal(item->expires, i);
	}
	assert_int_equal(i, 1001);
	worklist_free(&todo);
	assert_null(worklist_next(&todo));
}

static void a_size_tells_its_capacity(void **state)
{
	static const uint32_t high[] = {65535, 65536, 1048575, LEASE_NUMBER_MAX - 1,
					LEASE_NUMBER_MAX};
	uint32_t i;

	(void)state;
	for (i = 1; i < 2000; i++) {
		assert_int_equal(header_capacity_of(header_file_size(i)), i);
		assert_int_equal(header_capacity_of(header_file_size(i) - 1), i - 1);
	}
	for (i = 0; i < sizeof(high) / sizeof(high[0]); i++)
		assert_int_equal(header_capacity_of(header_file_size(high[i])), high[i]);
	assert_int_equal(header_capacity_of(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_are_read_wherever_they_stand),
		cmocka_unit_test(what_is_no_counter_is_unknown),
		cmocka_unit_test(times_are_told_in_one_unit),
		cmocka_unit_test(bytes_are_told_in_three_digits),
		cmocka_unit_test(a_bar_is_as_full_as_its_part),
		cmocka_unit_test(pools_have_their_names),
		cmocka_unit_test(a_list_is_worked_through_once),
		cmocka_unit_test(a_size_tells_its_capacity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
