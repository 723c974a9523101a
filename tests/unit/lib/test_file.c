/* SPDX-License-Identifier: MIT */
/* test_file.c - names of files and programs */
#include "lib/file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

/** struct maker - tries of file_dated(), of which the first @taken fail with @error */
struct maker {
	int taken, tries, error;
};

static int make(void *context, const char *path)
{
	struct maker *m = context;

	assert_int_equal(strncmp(path, "/state/users.leases.kept.2001-09-09T", 36), 0);
	if (m->tries++ >= m->taken)
		return 0;
	errno = m->error;
	return -1;
}

static int dated(struct maker *m, const char *file, char out[PATH_MAX])
{
	return file_dated(file, ".kept.", 1000000000, make, m, out);
}

static void names_of_one_second(void **state)
{
	struct maker first = {.taken = 0}, third = {.taken = 2, .error = EEXIST},
		     none = {.taken = 1000, .error = EEXIST},
		     refused = {.taken = 1, .error = EACCES};
	char out[PATH_MAX];

	(void)state;
	assert_int_equal(dated(&first, "/state/users.leases", out), 0);
	assert_string_equal(out, "/state/users.leases.kept.2001-09-09T01:46:40Z");
	assert_int_equal(dated(&third, "/state/users.leases", out), 0);
	assert_string_equal(out, "/state/users.leases.kept.2001-09-09T01:46:40Z-3");
	assert_int_equal(dated(&none, "/state/users.leases", out), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(none.tries, 100);
	assert_int_equal(dated(&refused, "/state/users.leases", out), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(refused.tries, 1);
}

/* the longest path, and one more */
static void path_too_long(void **state)
{
	struct maker never = {.taken = 0};
	char name[PATH_MAX + 1], out[PATH_MAX];

	(void)state;
	memset(name, 'n', PATH_MAX);
	name[PATH_MAX] = '\0';
	assert_int_equal(file_path(out, "%s", name + 1), 0);
	assert_int_equal(strlen(out), PATH_MAX - 1);
	errno = 0;
	assert_int_equal(file_path(out, "%s", name), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	errno = 0;
	assert_int_equal(dated(&never, name + 20, out), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(never.tries, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beside_program),
		cmocka_unit_test(beside_program_too_long),
		cmocka_unit_test(names_of_one_second),
		cmocka_unit_test(path_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
