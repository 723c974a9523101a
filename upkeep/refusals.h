/* SPDX-License-Identifier: MIT */
/* refusals.h - refused requests and their reasons, from the journal */
#ifndef UPKEEP_REFUSALS_H
#define UPKEEP_REFUSALS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

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

int refusals_each(const char *since, const char *user, const char *ipv4,
		  refusals_visitor *visit, void *context);
int refusals_total(const char *since, struct refusals *out);

#endif
