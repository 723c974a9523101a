/* SPDX-License-Identifier: MIT */
/* remember.h - brokers that were named by others, for a day */
#ifndef CLIENT_REMEMBER_H
#define CLIENT_REMEMBER_H

#include "client/rank.h"
#include "client/settings.h"

#define REMEMBER_SECONDS 86400

#define REMEMBER_BROKERS "brokers" /* those of the last list, the nearest first */
#define REMEMBER_SERVER  "server"  /* the one that gave the last tunnel */

void remember_write(const struct settings *settings, const char *what,
		    const struct rank_broker *list, size_t count);
size_t remember_read(const struct settings *settings, const char *what,
		     struct rank_broker list[ANSWER_BROKERS_MAX]);

#endif
