/* SPDX-License-Identifier: MIT */
/* account.c - the digest that a client must prove to know, for unknown users as well */
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

/**
 * account_digest() - the digest of a user's password
 * @config:	Configuration: users, realm
 * @id:		User id, as the client gave it
 * @out:	Result; for an unknown user a digest that nobody knows, computed with the
 *		same work
 *
 * Return: 1; 0 for an unknown user; -1 with errno for a failure, already logged
 */
int account_digest(const struct config *config, const char *id,
		   char out[USERS_DIGEST_LEN])
{
	struct user user = {0};
	int found = users_find(config->users, config->realm, id, strlen(id), &user);

	if (found < 0) {
		log_msg(LOG_ERR, "%s: %s", config->users, strerror(errno));
		return -1;
	}
	if (make_dummy(config->realm, id, out)) {
		log_msg(LOG_ERR, "no random bytes: %s", strerror(errno));
		return -1;
	}
	if (found)
		memcpy(out, user.digest, sizeof(user.digest));
	explicit_bzero(&user, sizeof(user));
	return found;
}
