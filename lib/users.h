/* SPDX-License-Identifier: MIT */
/* users.h - the users file: htdigest lines userid:realm:MD5(userid:realm:password) */
#ifndef LIB_USERS_H
#define LIB_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/parse.h"

#define USERS_DIGEST_LEN 33 /* 32 lower-case hexadecimal digits and NUL */
#define USERS_LINE_MAX   512

/** struct user - one line of the users file */
struct user {
	char id[USER_ID_MAX + 1];
	char realm[256];
	char digest[USERS_DIGEST_LEN];
};

int users_parse_line(const char *line, size_t len, struct user *out, const char **why);
int users_find(const char *path, const char *realm, const char *id, size_t id_len,
	       struct user *out);
int users_check(const char *path, const char *realm);
void users_digest(const char *id, size_t id_len, const char *realm, const char *password,
		  size_t password_len, char out[USERS_DIGEST_LEN]);
bool users_digest_equal(const char a[USERS_DIGEST_LEN], const char b[USERS_DIGEST_LEN]);

#endif
