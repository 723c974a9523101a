/* SPDX-License-Identifier: MIT */
/* users.h - the users file: htdigest lines userid:realm:MD5(userid:realm:password) */
#ifndef AUTH_USERS_H
#define AUTH_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "lib/parse.h"

#define USERS_DIGEST_LEN 33 /* 32 lower-case hexadecimal digits and NUL */
#define USERS_LINE_MAX   512
#define USERS_LOCK_MARK  "!" /* before the digest of a locked user */

/**
 * struct user - one line of the users file
 * @id:		User id
 * @realm:	Realm
 * @digest:	Digest of the password, also of a locked user
 * @locked:	The user may not log in
 */
struct user {
	char id[USER_ID_MAX + 1];
	char realm[256];
	char digest[USERS_DIGEST_LEN];
	bool locked;
};

/**
 * typedef users_visitor() - what to do with a line of the users file
 * @context:	Caller's
 * @number:	Line number, from 1
 * @user:	The user, or NULL for an invalid line
 * @why:	What is wrong with an invalid line
 *
 * Return: 0, or -1 with errno to stop
 */
typedef int users_visitor(void *context, unsigned number, const struct user *user,
			  const char *why);

/** enum users_change - what users_change() does with a user */
enum users_change {
	USERS_ADD,    /* add a user; the user must not exist */
	USERS_DIGEST, /* change the password; a locked user stays locked */
	USERS_REMOVE,
	USERS_LOCK,
	USERS_UNLOCK,
};

int users_parse_line(const char *line, size_t len, struct user *out, const char **why);
int users_find(const char *path, const char *realm, const char *id, size_t id_len,
	       struct user *out);
int users_check(const char *path, const char *realm, const char *domain);
bool users_is_reserved(const char *id);
int users_find_twin(const char *path, const struct user *user, char out[USER_ID_MAX + 1]);
int users_each(const char *path, users_visitor *visit, void *context);
int users_change(const char *path, enum users_change change, const struct user *user,
		 gid_t group);
void users_digest(const char *id, size_t id_len, const char *realm, const char *password,
		  size_t password_len, char out[USERS_DIGEST_LEN]);
bool users_digest_equal(const char a[USERS_DIGEST_LEN], const char b[USERS_DIGEST_LEN]);

#endif
