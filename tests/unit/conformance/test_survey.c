/* SPDX-License-Identifier: MIT */
/* test_survey.c - lines of ip and tc without what changes by itself */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "conformance/survey.h"

static void what_changes_by_itself_is_left_out(void **state)
{
	static const struct {
		bool numbered;
		const char *line, *steady;
	} table[] = {
		{true,
		 "7: tsp2@NONE: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1480 state UNKNOWN"
		 "\\    link/sit 0.0.0.0 promiscuity 0 sit ip6ip local any",
		 "tsp2@NONE: <POINTOPOINT,NOARP,UP> mtu 1480 link/sit 0.0.0.0 sit ip6ip "
		 "local any"},
		{true, "3: d: <NO-CARRIER,UP> link/ether 12:34:56:78:9a:bc brd ff:ff",
		 "d: <UP>"},
		{false, "2001:db8::/64 dev lo proto kernel metric 256 linkdown",
		 "2001:db8::/64 dev lo proto kernel metric 256"},
		{false, "qdisc htb 8001: root hello_timer 1.23 rate 1Mbit",
		 "qdisc htb root rate 1Mbit"},
	};
	char line[256], out[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		snprintf(line, sizeof(line), "%s", table[i].line);
		assert_true(survey_steady(line, table[i].numbered, out, sizeof(out)));
		assert_string_equal(out, table[i].steady);
	}
}

static void lines_of_nothing_else_go(void **state)
{
	static const char *const lines[] = {"", " \n", "inet6 fe80::1/64 dev tsp2",
					    "index 5"};
	char line[64], out[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(line, sizeof(line), "%s", lines[i]);
		assert_false(survey_steady(line, false, out, sizeof(out)));
	}
}

static void a_long_line_is_cut(void **state)
{
	char line[] = "one two three", out[32];

	(void)state;
	memset(out, 'x', sizeof(out));
	assert_true(survey_steady(line, false, out, 6));
	assert_string_equal(out, "one t");
	assert_true(out[6] == 'x' && out[7] == 'x' && out[8] == 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_changes_by_itself_is_left_out),
		cmocka_unit_test(lines_of_nothing_else_go),
		cmocka_unit_test(a_long_line_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
