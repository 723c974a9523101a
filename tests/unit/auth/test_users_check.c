/* SPDX-License-Identifier: MIT */
/* test_users_check.c - mistakes of the users file, and ids that a new user cannot have */
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

static void test_check(void **state)
{
	static const char content[] = "alice:" REALM ":" ALICE "\n"
				      "bob:" REALM ":" BOB "\n"
				      "x\n"
				      "carol:other:" BOB "\n"
				      "\n"
				      "bob:" REALM ":" ALICE "\n"
				      "bob:" REALM ":" ALICE "\n"
				      "alice:other:" ALICE "\n";

	(void)state;
	fill_file(content, sizeof(content) - 1);
	assert_int_equal(users_check(path, REALM, ""), 5);
	assert_logged("3: " NO_SHAPE "\n"
		      "4: user 'carol' has realm 'other', not '" REALM "'\n"
		      "8: user 'alice' has realm 'other', not '" REALM "'\n"
		      "6: user 'bob' is in line 2 already, which counts\n"
		      "7: user 'bob' is in line 2 already, which counts\n");

	fill_file("", 0);
	assert_int_equal(users_check(path, REALM, ""), 0);
	assert_string_equal(logged, "");
}

/* what shares a name with another user, or gives a tunnel none */
static void test_check_names(void **state)
{
	static const char content[] = "Bob:r:" BOB "\n"
				      "alice:r:" ALICE "\n"
				      "bob:r:" BOB "\n"
				      "Alice:other:" ALICE "\n"
				      "Anonymous:r:" ALICE "\n"
				      "bob@evil:r:" BOB "\n"
				      "a..b:r:" BOB "\n"
				      "a.b:r:" BOB "\n";

	(void)state;
	fill_file(content, sizeof(content) - 1);
	assert_int_equal(users_check(path, "r", "example.net"), 3);
	assert_logged("4: user 'Alice' has realm 'other', not 'r'\n"
		      "5: user 'Anonymous' would be taken for an anonymous client\n"
		      "6: 'bob@evil.example.net' is not a DNS name; the tunnel of this "
		      "user has no name\n"
		      "7: 'a..b.example.net' is not a DNS name; the tunnel of this user "
		      "has no name\n"
		      "3: user 'bob' differs from 'Bob' in line 1 by case only\n");

	fill_file(content, sizeof(content) - 1);
	assert_int_equal(users_check(path, "r", ""), 3);
	assert_null(strstr(logged, "DNS"));
}

static void test_twin(void **state)
{
	static const char content[] = "Alice:other:" ALICE "\n"
				      "x\n"
				      "bob:r:" BOB "\n";
	struct user user = {.realm = "r"};
	char twin[USER_ID_MAX + 1];

	(void)state;
	fill_file(content, sizeof(content) - 1);
	strcpy(user.id, "BOB");
	assert_int_equal(users_find_twin(path, &user, twin), 0);
	assert_string_equal(twin, "bob");
	strcpy(user.id, "bob"); /* itself */
	assert_int_equal(users_find_twin(path, &user, twin), 0);
	assert_string_equal(twin, "");
	strcpy(user.id, "alice"); /* of another realm */
	assert_int_equal(users_find_twin(path, &user, twin), 0);
	assert_string_equal(twin, "");
	assert_int_equal(users_find_twin("/nonexistent/users", &user, twin), -1);
	assert_int_equal(errno, ENOENT);
}

static void test_check_many(void **state)
{
	static char content[64 * 1024];
	size_t len = 0;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		len += (size_t)snprintf(content + len, sizeof(content) - len,
					"u%d:r:%032d\n", i % 999, i);
	fill_file(content, len);
	assert_int_equal(users_check(path, "r", ""), 1);
	assert_logged("1000: user 'u0' is in line 1 already, which counts\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_names),
		cmocka_unit_test(test_twin),
		cmocka_unit_test(test_check_many),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
