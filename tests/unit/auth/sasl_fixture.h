/* SPDX-License-Identifier: MIT */
/* sasl_fixture.h - a configuration and users file for tests of SASL exchanges */
#ifndef TESTS_UNIT_SASL_FIXTURE_H
#define TESTS_UNIT_SASL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "auth/sasl.h"
#include "auth/users.h"
#include "lib/log.h"

#define REALM "peerlab"

static char logged[1024]; /* the last line */

/* stands in for lib/log.c */
void log_msg(int priority, const char *format, ...)
{
	va_list args;

	(void)priority;
	va_start(args, format);
	vsnprintf(logged, sizeof(logged), format, args);
	va_end(args);
}

static struct config config;

static int make_users(void **state)
{
	static const char *const users[][2] = {{"alice", "s3cret"}, {"bob", "hunter2"}};
	char digest[USERS_DIGEST_LEN];
	FILE *file;
	size_t i;
	int fd;

	(void)state;
	config.mechanisms = MECHANISM_ANONYMOUS | MECHANISM_PLAIN | MECHANISM_DIGEST_MD5;
	strcpy(config.realm, REALM);
	strcpy(config.users, "/tmp/test_sasl.XXXXXX");
	fd = mkstemp(config.users);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return -1;
	for (i = 0; i < 2; i++) {
		users_digest(users[i][0], strlen(users[i][0]), REALM, users[i][1],
			     strlen(users[i][1]), digest);
		fprintf(file, "%s:" REALM ":%s\n", users[i][0], digest);
	}
	/* alice of another realm, with a password that must not work here */
	users_digest("alice", 5, "other", "elsewhere", 9, digest);
	fprintf(file, "alice:other:%s\n", digest);
	return fclose(file);
}

static int remove_users(void **state)
{
	(void)state;
	return unlink(config.users);
}

#define LOGIN(text) (const uint8_t *)(text), sizeof(text) - 1

#endif
