/* SPDX-License-Identifier: MIT */
/* account.c - whether a user may log in, and the digest that proves the password */
#include "auth/account.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/log.h"
#include "lib/random.h"

/**
 * make_dummy() - a digest that no password has
 * @realm:	Realm
 * @id:		User id, as a client gave it
 * @out:	Result
 *
 * Return: 0, or -1 with errno
 */
static int make_dummy(const char *realm, const char *id, char out[USERS_DIGEST_LEN])
{
	static char secret[16];
	static bool have_secret;

	if (!have_secret && random_get(secret, sizeof(secret)))
		return -1;
	have_secret = true;
	users_digest(id, strlen(id), realm, secret, sizeof(secret), out);
	return 0;
}

/** judge() - decide from a user's line in the users file, if one was found */
static enum account judge(bool found, const struct user *user)
{
	/* in the log a user of that id would look like a client without an account */
	if (!found || users_is_reserved(user->id))
		return ACCOUNT_UNKNOWN;
	return user->locked ? ACCOUNT_LOCKED : ACCOUNT_OPEN;
}

/**
 * account_look_up() - decide whether a user may log in, and by which digest
 * @config:	Configuration: users, realm
 * @id:		User id, as the client gave it
 * @out:	Result: the digest of the password; of a user who may not log in a digest that
 *		nobody knows, computed with the same work
 *
 * Return: enum account
 */
enum account account_look_up(const struct config *config, const char *id,
			     char out[USERS_DIGEST_LEN])
{
	struct user user = {0};
	int found = users_find(config->users, config->realm, id, strlen(id), &user);
	enum account account = judge(found > 0, &user);

	if (found < 0) {
		log_msg(LOG_ERR, "%s: %s", config->users, strerror(errno));
		return ACCOUNT_ERROR;
	}
	if (make_dummy(config->realm, id, out)) {
		log_msg(LOG_ERR, "no random bytes: %s", strerror(errno));
		account = ACCOUNT_ERROR;
	} else if (account == ACCOUNT_OPEN) {
		memcpy(out, user.digest, sizeof(user.digest));
	}
	explicit_bzero(&user, sizeof(user));
	return account;
}
