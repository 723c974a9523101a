/* SPDX-License-Identifier: MIT */
/* account.h - whether a user may log in, and the digest that proves the password */
#ifndef AUTH_ACCOUNT_H
#define AUTH_ACCOUNT_H

#include "auth/users.h"
#include "lib/config.h"

/** enum account - a user id, according to the users file */
enum account {
	ACCOUNT_ERROR, /* the file cannot be read: logged */
	ACCOUNT_UNKNOWN,
	ACCOUNT_LOCKED,
	ACCOUNT_OPEN,
};

enum account account_look_up(const struct config *config, const char *id,
			     char out[USERS_DIGEST_LEN]);

#endif
