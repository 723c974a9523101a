/* SPDX-License-Identifier: MIT */
/* test_buf.c - the last lines of a text */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "lib/buf.h"

static void the_tail_is_the_last_lines(void **state)
{
	static const struct {
		const char *text;
		size_t lines;
		const char *tail;
	} table[] = {
		{"", 1, ""},
		{"\n", 1, "\n"},
		{"a", 1, "a"},
		{"a\n", 1, "a\n"},
		{"a\nb", 1, "b"},
		{"a\nb\n", 1, "b\n"},
		{"a\nb\nc\n", 2, "b\nc\n"},
		{"a\nb\n", 2, "a\nb\n"},
		{"a\nb\n", 9, "a\nb\n"},
		{"a\n\n\nb\n", 2, "\nb\n"},
	};
	char space[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct buf b = BUF_ON(space);

		buf_clear(&b);
		buf_text(&b, table[i].text);
		assert_string_equal(buf_tail(&b, table[i].lines), table[i].tail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tail_is_the_last_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
