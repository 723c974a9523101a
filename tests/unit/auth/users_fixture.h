/* SPDX-License-Identifier: MIT */
/* users_fixture.h - a users file for tests, and what was logged about it */
#ifndef TESTS_UNIT_USERS_FIXTURE_H
#define TESTS_UNIT_USERS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/log.h"

#define NO_SHAPE "is not userid:realm:digest"
#define REALM    "tsp.example.net"
#define ALICE    "0123456789abcdef0123456789abcdef"
#define BOB      "fedcba9876543210fedcba9876543210"

static char logged[4096]; /* all lines of a test */

/* stands in for lib/log.c */
void log_msg(int priority, const char *format, ...)
{
	size_t used = strlen(logged);
	va_list args;

	(void)priority;
	va_start(args, format);
	vsnprintf(logged + used, sizeof(logged) - used, format, args);
	va_end(args);
	strncat(logged, "\n", sizeof(logged) - strlen(logged) - 1);
}

static char path[] = "/tmp/test_users.XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void fill_file(const char *content, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(content, 1, len, file), len);
	if (fclose(file))
		fail_msg("%s", path);
	logged[0] = '\0';
}

/* all output of users_check(), without the file's name */
static void assert_logged(const char *expected)
{
	char line[sizeof(path) + 256], all[4096] = "";
	const char *p;

	for (p = expected; *p; p = strchr(p, '\n') + 1) {
		snprintf(line, sizeof(line), "%s:%.*s\n", path, (int)strcspn(p, "\n"), p);
		strncat(all, line, sizeof(all) - strlen(all) - 1);
	}
	assert_string_equal(logged, all);
}

#endif
