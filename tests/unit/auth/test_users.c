/* SPDX-License-Identifier: MIT */
/* test_users.c - the users file: lines, searches, mistakes */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "auth/users.h"
#include "tests/unit/auth/users_fixture.h"

static void test_digest(void **state)
{
	char out[USERS_DIGEST_LEN];

	(void)state;
	users_digest("alice", 5, "peerlab", "s3cret", 6, out);
	assert_string_equal(out, "f1a940c9e806ce2fea9c048506eb182d");
	users_digest("bobby", 3, REALM, "hunter2 ", 7, out);
	assert_string_equal(out, "75bc54b5e06504b17c9e803ed5a89e53");
}

static void test_digest_equal(void **state)
{
	char other[USERS_DIGEST_LEN] = ALICE;
	size_t i;

	(void)state;
	assert_true(users_digest_equal(ALICE, other));
	for (i = 0; i < 32; i++) {
		other[i] ^= 1;
		assert_false(users_digest_equal(ALICE, other));
		other[i] ^= 1;
	}
}

static void test_good_lines(void **state)
{
	static const struct {
		const char *line, *id, *realm, *digest;
		bool locked;
	} rows[] = {
		{"alice:r:" ALICE, "alice", "r", ALICE},
		{"a:two words:" BOB, "a", "two words", BOB},
		{"A.b_c@d+e-9:r:" ALICE, "A.b_c@d+e-9", "r", ALICE},
		{"alice:r:0123456789ABCDEF0123456789abcDEF", "alice", "r", ALICE},
		{"alice:r:!" ALICE, "alice", "r", ALICE, true},
		{"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890:"
		 "r:" ALICE,
		 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890", "r",
		 ALICE},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct user user;
		const char *why = NULL;

		memset(&user, 0xff, sizeof(user));
		assert_int_equal(
			users_parse_line(rows[i].line, strlen(rows[i].line), &user, &why),
			1);
		assert_string_equal(user.id, rows[i].id);
		assert_string_equal(user.realm, rows[i].realm);
		assert_string_equal(user.digest, rows[i].digest);
		assert_int_equal(user.locked, rows[i].locked);
	}
}

static void test_empty_lines(void **state)
{
	static const char *const rows[] = {"", " ", "\t \t", "#", "# alice:r:x"};
	struct user user;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(users_parse_line(rows[i], strlen(rows[i]), &user, &why),
				 0);
}

#define BAD_USER   "user id is not 1 to 63 letters, digits and ._@+-"
#define BAD_REALM  "realm is not 1 to 255 printable characters"
#define BAD_DIGEST "digest is not 32 hexadecimal digits"

static void test_bad_lines(void **state)
{
	static const struct {
		const char *line;
		size_t len; /* 0: to the NUL */
		const char *why;
	} rows[] = {
		{"alice", 0, NO_SHAPE},
		{"alice:" ALICE, 0, NO_SHAPE},
		{" # no comment", 0, NO_SHAPE},
		{":r:" ALICE, 0, BAD_USER},
		{"-alice:r:" ALICE, 0, BAD_USER},
		{" alice:r:" ALICE, 0, BAD_USER},
		{"al ice:r:" ALICE, 0, BAD_USER},
		{"al\0ice:r:" ALICE, 41, BAD_USER},
		{"\xc3\xa4:r:" ALICE, 0, BAD_USER},
		{"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012345678901:"
		 "r:" ALICE,
		 0, BAD_USER},
		{"alice::" ALICE, 0, BAD_REALM},
		{"alice:r\t:" ALICE, 0, BAD_REALM},
		{"alice:r\0:" ALICE, 41, BAD_REALM},
		{"alice:\xc3\xa4:" ALICE, 0, BAD_REALM},
		{"alice:r:", 0, BAD_DIGEST},
		{"alice:r:!", 0, BAD_DIGEST},
		{"alice:r:!!" ALICE, 0, BAD_DIGEST},
		{"alice:r:" ALICE "!", 0, BAD_DIGEST},
		{"alice:r:0123456789abcdef0123456789abcde", 0, BAD_DIGEST},
		{"alice:r:" ALICE "0", 0, BAD_DIGEST},
		{"alice:r:" ALICE " ", 0, BAD_DIGEST},
		{"alice:r:" ALICE "\r", 0, BAD_DIGEST},
		{"alice:r:" ALICE ":", 0, BAD_DIGEST},
		{"alice:r:0123456789abcdefg123456789abcdef", 0, BAD_DIGEST},
		{"alice:r::" ALICE, 0, BAD_DIGEST},
	};
	struct user user;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = rows[i].len ? rows[i].len : strlen(rows[i].line);
		const char *why = NULL;

		errno = 0;
		if (users_parse_line(rows[i].line, len, &user, &why) != -1)
			fail_msg("'%s' is taken", rows[i].line);
		assert_int_equal(errno, EINVAL);
		assert_string_equal(why, rows[i].why);
	}
}

static void test_long_realm(void **state)
{
	char line[USERS_LINE_MAX];
	struct user user;
	const char *why = "";
	int n;

	(void)state;
	n = snprintf(line, sizeof(line), "alice:%0255d:%s", 0, ALICE);
	assert_int_equal(users_parse_line(line, (size_t)n, &user, &why), 1);
	assert_int_equal(strlen(user.realm), 255);
	n = snprintf(line, sizeof(line), "alice:%0256d:%s", 0, ALICE);
	assert_int_equal(users_parse_line(line, (size_t)n, &user, &why), -1);
	assert_string_equal(why, BAD_REALM);
}

static const char good_file[] = "# users\n"
				"\n"
				"alice:" REALM ":" ALICE "\n"
				"alice:other:" BOB "\n"
				"alice:" REALM ":" BOB "\n"
				"bob:" REALM ":" BOB; /* no newline at the end */

static void test_find(void **state)
{
	static const struct {
		const char *id, *realm;
		int found;
		const char *digest;
	} rows[] = {
		{"alice", REALM, 1, ALICE},
		{"alice", "other", 1, BOB},
		{"bob", REALM, 1, BOB},
		{"bob", "other", 0, NULL},
		{"Alice", REALM, 0, NULL},
		{"alic", REALM, 0, NULL},
		{"alicea", REALM, 0, NULL},
		{"carol", REALM, 0, NULL},
		{"", REALM, 0, NULL},
		{"# users", REALM, 0, NULL},
		{"alice:" REALM, REALM, 0, NULL},
	};
	size_t i;

	(void)state;
	fill_file(good_file, sizeof(good_file) - 1);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct user user;

		assert_int_equal(users_find(path, rows[i].realm, rows[i].id,
					    strlen(rows[i].id), &user),
				 rows[i].found);
		if (!rows[i].found)
			continue;
		assert_string_equal(user.id, rows[i].id);
		assert_string_equal(user.digest, rows[i].digest);
	}
	assert_string_equal(logged, "");
}

static void test_find_odd_ids(void **state)
{
	char id[4096];
	struct user user;

	(void)state;
	fill_file(good_file, sizeof(good_file) - 1);
	memset(id, 'a', sizeof(id));
	assert_int_equal(users_find(path, REALM, id, sizeof(id), &user), 0);
	assert_int_equal(users_find(path, REALM, "alice\0", 6, &user), 0);
	assert_int_equal(users_find(path, REALM, "alicex", 5, &user), 1);
}

static void test_find_in_damage(void **state)
{
	char content[2048];
	struct user user;
	int n;

	(void)state;
	n = snprintf(content, sizeof(content),
		     "nonsense\n%01000d\nalice:%s:%s\nbob:%s:1\n", 0, REALM, ALICE,
		     REALM);
	fill_file(content, (size_t)n);
	assert_int_equal(users_find(path, REALM, "alice", 5, &user), 1);
	assert_string_equal(user.digest, ALICE);
	/* the whole file was read, and each damaged line reported once */
	assert_logged("1: " NO_SHAPE "\n"
		      "2: is longer than 512 characters\n"
		      "4: " BAD_DIGEST "\n");
}

static void test_unreadable(void **state)
{
	struct user user;

	(void)state;
	errno = 0;
	assert_int_equal(users_find("/nonexistent/users", REALM, "alice", 5, &user), -1);
	assert_int_equal(errno, ENOENT);
	errno = 0;
	assert_int_equal(users_find("/", REALM, "alice", 5, &user), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(users_check("/nonexistent/users", REALM, ""), -1);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_digest_equal),
		cmocka_unit_test(test_good_lines),
		cmocka_unit_test(test_empty_lines),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_long_realm),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_odd_ids),
		cmocka_unit_test(test_find_in_damage),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
