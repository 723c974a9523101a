/* SPDX-License-Identifier: MIT */
/* account.h - what a client must prove to know, of users that exist and of those that do not */
#ifndef AUTH_ACCOUNT_H
#define AUTH_ACCOUNT_H

#include "auth/users.h"
#include "lib/config.h"

int account_digest(const struct config *config, const char *id,
		   char out[USERS_DIGEST_LEN]);

#endif
