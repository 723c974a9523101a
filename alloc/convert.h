/* SPDX-License-Identifier: MIT */
/* convert.h - leases of format 1 as lines of format 2 */
#ifndef ALLOC_CONVERT_H
#define ALLOC_CONVERT_H

#include <time.h>

#include "alloc/table.h"

/** struct convert - a conversion under way */
struct convert {
	uint64_t key[2];  /* key from which secrets are derived */
	time_t now;       /* when it began */
	uint32_t damaged; /* unreadable lines, ... */
	uint32_t lost;    /* ... those of them without an owner, ... */
	uint32_t looked;  /* ... up to this line */
};

int convert_begin(struct convert *convert);
int convert_line(struct convert *convert, struct table *to, uint32_t number,
		 const char *old, const char *current, char out[LEASE_LINE_LEN]);
int convert_keep(const char *file);

#endif
