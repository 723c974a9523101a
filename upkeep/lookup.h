/* SPDX-License-Identifier: MIT */
/* lookup.h - whose is this? From a user, an address or a number to leases */
#ifndef UPKEEP_LOOKUP_H
#define UPKEEP_LOOKUP_H

#include "ctl/ui/options.h"
#include "upkeep/files.h"
#include "lib/endpoint.h"

#define LOOKUP_MAX 64 /* candidates that are looked at */

/**
 * struct lookup - what a WHO leads to
 * @text:	As typed
 * @count:	Leases found: with more than one it is ambiguous
 * @refs:	The leases as their lines say, never free ones
 * @damaged:	Damaged lines that may be meant: @damaged_refs[0].lease.number and so on
 * @embedded:	An anonymous address: @endpoint is in it, whether or not there is a lease
 */
struct lookup {
	const char *text;
	size_t count;
	struct store_ref refs[LOOKUP_MAX];
	size_t damaged;
	struct store_ref damaged_refs[LOOKUP_MAX];
	bool embedded;
	struct endpoint endpoint;
};

int lookup_find(struct files *f, const char *text, enum pool_kind pool,
		struct lookup *out);
int lookup_judge(struct files *f, const struct lookup *who);

#endif
