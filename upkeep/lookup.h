/* SPDX-License-Identifier: MIT */
/* lookup.h - find the leases that a user id, an address or a number means */
#ifndef UPKEEP_LOOKUP_H
#define UPKEEP_LOOKUP_H

#include "lib/endpoint.h"
#include "upkeep/files.h"

#define LOOKUP_MAX 64 /* leases found for one text */

/**
 * struct lookup - what a text means
 * @text:	As typed
 * @count:	Leases found; more than one: the text is ambiguous
 * @refs:	The leases as their lines say; none is free
 * @damaged:	Damaged lines that may be meant: @damaged_refs[0].lease.number and so on
 * @embedded:	The text is an anonymous address, which contains @endpoint, with or without
 *		a lease
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

#endif
