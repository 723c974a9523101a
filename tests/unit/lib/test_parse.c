/* SPDX-License-Identifier: MIT */
/* test_parse.c - strict scalars */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "lib/format.h"
#include "lib/parse.h"
#include "lib/timestamp.h"

static void u32_takes_digits_only(void **state)
{
	static const char *const bad[] = {
		"",     "-1",  "+1",  " 1",         "1 ",
		"0x10", "1e3", "--2", "4294967296", "99999999999999999999999"};
	uint32_t n = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_u32(bad[i], 0, UINT32_MAX, &n), -1);
	assert_int_equal(n, 7);
	assert_int_equal(parse_u32("4294967295", 0, UINT32_MAX, &n), 0);
	assert_int_equal(n, UINT32_MAX);
	assert_int_equal(parse_u32("007", 0, 10, &n), 0);
	assert_int_equal(n, 7);
}

static void u32_tells_range_from_rubbish(void **state)
{
	uint32_t n;

	(void)state;
	assert_int_equal(parse_u32("11", 1, 10, &n), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(parse_u32("0", 1, 10, &n), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(parse_u32("1x", 1, 10, &n), -1);
	assert_int_equal(errno, EINVAL);
}

static void hex64_is_sixteen_digits(void **state)
{
	uint64_t n;

	(void)state;
	assert_int_equal(parse_hex64("0123456789abcdef", &n), 0);
	assert_true(n == 0x0123456789abcdefULL);
	assert_int_equal(parse_hex64("0123456789abcde", &n), -1);
	assert_int_equal(parse_hex64("0123456789abcdef0", &n), -1);
	assert_int_equal(parse_hex64("0123456789ABCDEF", &n), -1);
	assert_int_equal(parse_hex64("", &n), -1);
}

static void bool_takes_words(void **state)
{
	bool b = false;

	(void)state;
	assert_int_equal(parse_bool("Yes", &b), 0);
	assert_true(b);
	assert_int_equal(parse_bool("off", &b), 0);
	assert_false(b);
	assert_int_equal(parse_bool("maybe", &b), -1);
	assert_int_equal(parse_bool("", &b), -1);
}

static void time_comes_back_as_it_went(void **state)
{
	static const time_t times[] = {0, 1, 951782400, 1795444690, 253402300799};
	char text[TIMESTAMP_LEN];
	time_t t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		timestamp_format(times[i], text);
		assert_int_equal(strlen(text), TIMESTAMP_LEN - 1);
		assert_int_equal(timestamp_parse(text, &t), 0);
		assert_true(t == times[i]);
	}
	timestamp_format(-5, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	timestamp_format(253402300800, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
}

static void time_is_the_calendar_of_the_c_library(void **state)
{
	const time_t last = 253402300799, step = 7 * 86400 + 3607;
	char text[TIMESTAMP_LEN], wanted[TIMESTAMP_LEN];
	struct tm tm;
	time_t t, again;

	(void)state;
	for (t = 0; t <= last; t += step) {
		gmtime_r(&t, &tm);
		strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%SZ", &tm);
		timestamp_format(t, text);
		assert_string_equal(text, wanted);
		assert_int_equal(timestamp_parse(text, &again), 0);
		assert_true(again == t);
	}
}

static void time_refuses_days_that_no_month_has(void **state)
{
	char text[TIMESTAMP_LEN], again[TIMESTAMP_LEN];
	unsigned year, month, day;
	struct tm tm;
	time_t t;

	(void)state;
	for (year = 1970; year < 2410; year++) {
		for (month = 0; month < 14; month++) {
			for (day = 0; day < 33; day++) {
				snprintf(text, sizeof(text), "%04u-%02u-%02uT00:00:00Z",
					 year % 10000, month % 100, day % 100);
				tm = (struct tm){.tm_year = (int)year - 1900,
						 .tm_mon = (int)month - 1,
						 .tm_mday = (int)day};
				t = timegm(&tm);
				strftime(again, sizeof(again), "%Y-%m-%dT%H:%M:%SZ", &tm);
				assert_int_equal(timestamp_parse(text, &t),
						 strcmp(text, again) ? -1 : 0);
			}
		}
	}
}

static void numbers_are_written_as_printf_does(void **state)
{
	static const uint64_t numbers[] = {0,  1,   9,          10,         99,
					   10, 100, UINT32_MAX, UINT64_MAX, 1ULL << 63};
	char text[FORMAT_U64_LEN], wanted[FORMAT_U64_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(wanted, sizeof(wanted), "%" PRIu64, numbers[i]);
		assert_int_equal(format_u64(numbers[i], text), strlen(wanted));
		assert_string_equal(text, wanted);
		snprintf(wanted, sizeof(wanted), "%016" PRIx64, numbers[i]);
		format_hex64(numbers[i], text);
		assert_string_equal(text, wanted);
	}
}

static void time_refuses_what_is_none(void **state)
{
	static const char *const bad[] = {"",
					  "2026-11-23",
					  "2026-11-23 14:38:10Z",
					  "2026-11-23T14:38:10",
					  "2026-11-23T14:38:10ZZ",
					  "2026-02-29T00:00:00Z",
					  "2026-13-01T00:00:00Z",
					  "2026-00-01T00:00:00Z",
					  "2026-01-01T24:00:00Z",
					  "1969-12-31T23:59:59Z",
					  "2026-1a-01T00:00:00Z"};
	time_t t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(timestamp_parse(bad[i], &t), -1);
}

static void user_ids_are_of_the_documented_set(void **state)
{
	static const char *const good[] = {"a", "alice", "Alice.B-2_c+x@example.net",
					   "0"};
	static const char *const bad[] = {"",     ".a",  "-a",  "@a",    "a b",
					  "a/b",  "a:b", "a\n", "a\x1b", "\xc3\xa4",
					  "a\"b", "a'b", "a$b"};
	char longest[USER_ID_MAX + 2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(parse_is_user_id(good[i], strlen(good[i])));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_is_user_id(bad[i], strlen(bad[i])));
	assert_false(parse_is_user_id("a\0b", 3));
	memset(longest, 'a', sizeof(longest));
	assert_true(parse_is_user_id(longest, USER_ID_MAX));
	assert_false(parse_is_user_id(longest, USER_ID_MAX + 1));
}

static void domains_are_names(void **state)
{
	static const char *const good[] = {"a", "tsp.example.net", "x-1.example"};
	static const char *const bad[] = {"",     ".",    "a.",   ".a",    "a..b",
					  "-a.b", "a-.b", "a.b-", "a b.c", "a_b.c"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(parse_is_domain(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_is_domain(bad[i]));
}

static void u64_takes_digits_that_fit(void **state)
{
	static const char *const bad[] = {"",   " 1",  "1 ", "+1",
					  "-1", "0x1", "1x", "18446744073709551616x"};
	uint64_t n = 5;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		assert_int_equal(parse_u64(bad[i], &n), -1);
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(parse_u64("18446744073709551616", &n), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(parse_u64("99999999999999999999999999999999999999", &n), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(n, 5);
	assert_int_equal(parse_u64("18446744073709551615", &n), 0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(parse_u64("000", &n), 0);
	assert_true(n == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(u32_takes_digits_only),
		cmocka_unit_test(u32_tells_range_from_rubbish),
		cmocka_unit_test(u64_takes_digits_that_fit),
		cmocka_unit_test(hex64_is_sixteen_digits),
		cmocka_unit_test(bool_takes_words),
		cmocka_unit_test(time_comes_back_as_it_went),
		cmocka_unit_test(time_is_the_calendar_of_the_c_library),
		cmocka_unit_test(time_refuses_days_that_no_month_has),
		cmocka_unit_test(time_refuses_what_is_none),
		cmocka_unit_test(numbers_are_written_as_printf_does),
		cmocka_unit_test(user_ids_are_of_the_documented_set),
		cmocka_unit_test(domains_are_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
