/* SPDX-License-Identifier: MIT */
/* test_file.c - paths of programs */
#include "lib/file.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void beside_program(void **state)
{
	char self[PATH_MAX], path[PATH_MAX];

	(void)state;
	assert_int_equal(file_of_program(self), 0);
	assert_int_equal(access(self, X_OK), 0);
	assert_int_equal(file_beside_program(strrchr(self, '/') + 1, path), 0);
	assert_string_equal(path, self);
	assert_int_equal(file_beside_program("x", path), 0);
	assert_string_equal(strrchr(path, '/'), "/x");
	assert_memory_equal(path, self, (size_t)(strrchr(self, '/') - self));
}

/* the longest name that fits, and one more */
static void beside_program_too_long(void **state)
{
	char self[PATH_MAX], path[PATH_MAX], name[PATH_MAX];
	size_t room;

	(void)state;
	assert_int_equal(file_of_program(self), 0);
	room = PATH_MAX - 1 - (size_t)(strrchr(self, '/') + 1 - self);
	memset(name, 'n', sizeof(name));
	name[room] = '\0';
	assert_int_equal(file_beside_program(name, path), 0);
	assert_int_equal(strlen(path), PATH_MAX - 1);
	name[room] = 'n';
	name[room + 1] = '\0';
	errno = 0;
	assert_int_equal(file_beside_program(name, path), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beside_program),
		cmocka_unit_test(beside_program_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
