/* SPDX-License-Identifier: MIT */
/* test_ruleset.c - the output of nft as lines of a snapshot */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "conformance/ruleset.h"

/** read_ruleset() - all lines of a text, sorted */
static void read_ruleset(const char *text, struct snapshot *out)
{
	struct ruleset r = {.to = out};
	char copy[2048], *line, *rest = copy;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((line = strsep(&rest, "\n")))
		assert_int_equal(ruleset_line(&r, line), 0);
	assert_int_equal(r.depth, 0);
	snapshot_sort(out);
}

static void a_rule_tells_its_table_and_chain(void **state)
{
	struct snapshot s = {0};

	(void)state;
	read_ruleset(
		"table ip6 tsp {\n\tchain in {\n\t\ttype filter hook input priority 0;\n"
		"\t\ttcp dport 22 accept\n\t}\n}\ntable ip other {\n}\n",
		&s);
	assert_int_equal(s.count, 4);
	assert_string_equal(s.lines[0], "nft table ip other");
	assert_string_equal(s.lines[1], "nft table ip6 tsp");
	assert_string_equal(s.lines[2],
			    "nft table ip6 tsp chain in: tcp dport 22 accept");
	assert_string_equal(
		s.lines[3],
		"nft table ip6 tsp chain in: type filter hook input priority 0;");
	snapshot_free(&s);
}

static void elements_have_a_line_each(void **state)
{
	struct snapshot s = {0}, turned = {0};

	(void)state;
	read_ruleset("table ip6 my {\n\tset who {\n\t\ttype ipv6_addr\n"
		     "\t\telements = { ::1,\n\t\t\t ::3, ::2 }\n\t}\n}\n",
		     &s);
	assert_int_equal(s.count, 5);
	assert_string_equal(s.lines[1], "nft table ip6 my set who: ::1");
	assert_string_equal(s.lines[2], "nft table ip6 my set who: ::2");
	assert_string_equal(s.lines[3], "nft table ip6 my set who: ::3");
	read_ruleset("table ip6 my {\n\tset who {\n\t\ttype ipv6_addr\n"
		     "\t\telements = { ::2, ::1, ::3 }\n\t}\n}\n",
		     &turned);
	assert_true(snapshot_same(&s, &turned));
	snapshot_free(&s);
	snapshot_free(&turned);
}

static void nesting_that_is_too_deep_is_text(void **state)
{
	struct snapshot s = {0};
	struct ruleset r = {.to = &s};
	char line[16];
	int i;

	(void)state;
	for (i = 0; i < 3 * RULESET_DEPTH; i++) {
		snprintf(line, sizeof(line), "a%d {", i);
		assert_int_equal(ruleset_line(&r, line), 0);
		assert_true(r.depth <= RULESET_DEPTH);
	}
	snapshot_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_tells_its_table_and_chain),
		cmocka_unit_test(elements_have_a_line_each),
		cmocka_unit_test(nesting_that_is_too_deep_is_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
