/* SPDX-License-Identifier: MIT */
/* account.h - what a client must prove to know, of users that exist and of those that do not */
#ifndef BROKER_ACCOUNT_H
#define BROKER_ACCOUNT_H

#include "lib/config.h"
#include "lib/users.h"

int account_digest(const struct config *config, const char *id,
		   char out[USERS_DIGEST_LEN]);

#endif
