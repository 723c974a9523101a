/* SPDX-License-Identifier: MIT */
/* refusals.h - refused requests and their reasons, from the journal */
#ifndef UPKEEP_REFUSALS_H
#define UPKEEP_REFUSALS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "lib/config.h"

#define REFUSALS_TEXT    256
#define REFUSALS_REASONS 32 /* different ones that are counted */

/** struct refusal - a request that was refused, or that failed */
struct refusal {
	time_t at;
	unsigned status; /* 0: none */
	char event[24];
	char peer[24];
	char reason[REFUSALS_TEXT];
	char message[REFUSALS_TEXT];
};

/**
 * struct refusals_wish - search criteria
 * @since:	As journalctl --since takes it
 * @user:	Only this user's, including failed logins that named the user; NULL: all users
 * @ipv4:	Only those of this IPv4 address; NULL: of any
 */
struct refusals_wish {
	const char *since, *user, *ipv4;
};

/** struct refusals_count - how often a reason came up */
struct refusals_count {
	char reason[REFUSALS_TEXT];
	size_t count;
};

/** struct refusals - reasons, the most frequent first */
struct refusals {
	struct refusals_count reasons[REFUSALS_REASONS];
	size_t count, total;
};

/** typedef refusals_visitor() - called for each, the newest first; other than 0 ends it */
typedef int refusals_visitor(void *context, const struct refusal *refusal);

int refusals_each(const struct config *config, const struct refusals_wish *wish,
		  refusals_visitor *visit, void *context);
int refusals_total(const struct config *config, const char *since, struct refusals *out);

#endif
