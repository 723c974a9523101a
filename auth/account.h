/* SPDX-License-Identifier: MIT */
/* account.h - the digest that a client must prove to know, for unknown users as well */
#ifndef AUTH_ACCOUNT_H
#define AUTH_ACCOUNT_H

#include "auth/users.h"
#include "lib/config.h"

int account_digest(const struct config *config, const char *id,
		   char out[USERS_DIGEST_LEN]);

#endif
