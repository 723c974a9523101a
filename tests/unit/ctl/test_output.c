/* SPDX-License-Identifier: MIT */
/* test_output.c - times, sizes and bars as people see them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/ui/output.h"
#include "ctl/ui/progress.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_told_in_one_unit),
		cmocka_unit_test(bytes_are_told_in_three_digits),
		cmocka_unit_test(a_bar_is_as_full_as_its_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
