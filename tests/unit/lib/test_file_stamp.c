/* SPDX-License-Identifier: MIT */
/* test_file_stamp.c - a changed file is noticed */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/file_stamp.h"

static char path[64], other[64];

/** write_file() - make a file of one line */
static void write_file(const char *name, const char *line)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_true(fputs(line, f) >= 0);
	if (fclose(f))
		fail_msg("%s", name);
}

/** take_settled() - a stamp of a file that was not changed just now */
static struct file_stamp take_settled(void)
{
	const struct timespec step = {.tv_nsec = 30000000};
	struct file_stamp stamp;

	do {
		nanosleep(&step, NULL);
		file_stamp_take(path, &stamp);
	} while (!stamp.inode);
	return stamp;
}

static void it_holds_while_nothing_changes(void **state)
{
	struct file_stamp stamp;

	(void)state;
	write_file(path, "one");
	stamp = take_settled();
	assert_true(file_stamp_holds(path, &stamp));
	assert_true(file_stamp_holds(path, &stamp));
}

static void each_change_is_noticed(void **state)
{
	struct file_stamp stamp;

	(void)state;
	write_file(path, "one");
	stamp = take_settled();
	write_file(path, "two"); /* the same size */
	assert_false(file_stamp_holds(path, &stamp));
	stamp = take_settled();
	assert_int_equal(chmod(path, 0700), 0);
	assert_false(file_stamp_holds(path, &stamp));
	stamp = take_settled();
	write_file(other, "two");
	assert_int_equal(rename(other, path), 0);
	assert_false(file_stamp_holds(path, &stamp));
	stamp = take_settled();
	assert_int_equal(unlink(path), 0);
	assert_false(file_stamp_holds(path, &stamp));
}

static void a_file_changed_just_now_is_not_trusted(void **state)
{
	struct file_stamp stamp;

	(void)state;
	write_file(path, "one");
	file_stamp_take(path, &stamp);
	write_file(path, "two");
	assert_false(file_stamp_holds(path, &stamp));
	assert_int_equal(unlink(path), 0);
	file_stamp_take(path, &stamp);
	assert_false(file_stamp_holds(path, &stamp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_while_nothing_changes),
		cmocka_unit_test(each_change_is_noticed),
		cmocka_unit_test(a_file_changed_just_now_is_not_trusted),
	};
	char dir[] = "/tmp/tsp-stamp.XXXXXX";
	int failed;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(dir);
	return failed;
}
