/* SPDX-License-Identifier: MIT */
/* account.h - may a user log in, and the digest that a client must prove to know */
#ifndef AUTH_ACCOUNT_H
#define AUTH_ACCOUNT_H

#include "auth/users.h"
#include "lib/config.h"

/** enum account - what the users file says of a user id */
enum account {
	ACCOUNT_ERROR, /* it cannot be read: logged */
	ACCOUNT_UNKNOWN,
	ACCOUNT_LOCKED,
	ACCOUNT_OPEN,
};

enum account account_look_up(const struct config *config, const char *id,
			     char out[USERS_DIGEST_LEN]);

#endif
