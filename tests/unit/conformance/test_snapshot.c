/* SPDX-License-Identifier: MIT */
/* test_snapshot.c - snapshots compared line by line */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "conformance/snapshot.h"
#include "lib/buf.h"

/** keep() - snapshot_reporter(): "+LINE " or "-LINE " */
static void keep(void *context, char sign, const char *line)
{
	buf_printf(context, "%c%s ", sign, line);
}

/** take() - a snapshot with a line for each letter */
static void take(struct snapshot *s, const char *letters)
{
	char text[2] = "";

	for (; *letters; letters++) {
		text[0] = *letters;
		assert_int_equal(snapshot_add(s, "x", text), 0);
	}
	snapshot_sort(s);
}

/** difference() - what differs between two snapshots, in words */
static size_t difference(const char *before, const char *after, size_t most,
			 struct buf *out)
{
	struct snapshot a = {0}, b = {0};
	size_t found;

	take(&a, before);
	take(&b, after);
	buf_clear(out);
	found = snapshot_compare(&a, &b, most, keep, out);
	assert_int_equal(snapshot_same(&a, &b), !found);
	snapshot_free(&a);
	snapshot_free(&b);
	return found;
}

static void lines_of_one_side_are_reported(void **state)
{
	char text[128];
	struct buf out = BUF_ON(text);

	(void)state;
	assert_int_equal(difference("", "", 9, &out), 0);
	assert_int_equal(difference("abc", "cab", 9, &out), 0);
	assert_string_equal(text, "");
	assert_int_equal(difference("abd", "bce", 9, &out), 4);
	assert_string_equal(text, "-x a +x c -x d +x e ");
	assert_int_equal(difference("", "ab", 9, &out), 2);
	assert_string_equal(text, "+x a +x b ");
	assert_int_equal(difference("aab", "ab", 9, &out), 1);
	assert_string_equal(text, "-x a ");
}

static void only_so_many_are_reported(void **state)
{
	char text[128];
	struct buf out = BUF_ON(text);

	(void)state;
	assert_int_equal(difference("abcd", "", 2, &out), 4);
	assert_string_equal(text, "-x a -x b ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_one_side_are_reported),
		cmocka_unit_test(only_so_many_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
