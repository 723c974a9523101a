/* SPDX-License-Identifier: MIT */
/* test_suggest.c - the word that a mistyped one was meant to be */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "lib/suggest.h"

static const char *const words[] = {"list",          "lock",  "release", "restore",
				    "restore-state", "stats", "status",  "user",
				    "who",           "why"};

/** meant() - what is suggested for a word */
static const char *meant(const char *typed, size_t len)
{
	static char text[SUGGEST_TEXT];
	struct suggest s;
	size_t i;

	suggest_begin(&s, typed, len);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		suggest_offer(&s, words[i]);
	return suggest_text(&s, "", text);
}

static void test_near(void **state)
{
	static const char *const rows[][2] = {
		{"lst", "list"},       /* a letter is missing */
		{"lisst", "list"},     /* one too many */
		{"lizt", "list"},      /* another one */
		{"lits", "list"},      /* neighbours exchanged */
		{"LIST", "list"},      /* case */
		{"rel", "release"},    /* the beginning */
		{"restor", "restore"}, /* the first of two equally near */
		{"restorestate", "restore-state"},
		{"sttus", "status"},
		{"usr", "user"},
		{"wyh", "why"},
	};
	char text[SUGGEST_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), ", did you mean '%s'?", rows[i][1]);
		assert_string_equal(meant(rows[i][0], strlen(rows[i][0])), text);
	}
}

static void test_far(void **state)
{
	static const char *const rows[] = {
		"",
		"x",
		"zzz",
		"nonsense",
		"lo-fi",
		"re",
		"listlistlistlistlistlistlistlistlist",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(meant(rows[i], strlen(rows[i])), "");
}

static void test_part(void **state)
{
	char text[SUGGEST_TEXT];
	struct suggest s;

	(void)state;
	assert_string_equal(meant("lst,user", 3), ", did you mean 'list'?");
	suggest_begin(&s, "usr", 3);
	suggest_offer(&s, "user");
	assert_string_equal(suggest_text(&s, "--", text), ", did you mean '--user'?");
}

static void test_long_words(void **state)
{
	static const char typed[] = "expires-before-a-very-long-while";
	char text[SUGGEST_TEXT];
	struct suggest s;

	(void)state;
	suggest_begin(&s, typed, 31);
	suggest_offer(&s, "expires-before-a-very-long-whil");
	suggest_offer(&s, "expires-before-a-very-long-while-and-longer");
	assert_string_equal(suggest_text(&s, "", text),
			    ", did you mean 'expires-before-a-very-long-whil'?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
