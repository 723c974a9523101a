/* SPDX-License-Identifier: MIT */
/* convert.h - leases of format 1 as lines of format 2 */
#ifndef ALLOC_CONVERT_H
#define ALLOC_CONVERT_H

#include <time.h>

#include "alloc/table.h"

/** struct convert - a conversion under way */
struct convert {
	uint64_t key[2];  /* that its secrets are made with */
	time_t now;       /* when it began */
	uint32_t damaged; /* lines that could not be read, ... */
	uint32_t lost;    /* ... and of those the ones whose owner is lost, ... */
	uint32_t looked;  /* ... in lines up to this one */
};

int convert_begin(struct convert *convert);
int convert_line(struct convert *convert, struct table *to, uint32_t number,
		 const char *old, const char *current, char out[LEASE_LINE_LEN]);
int convert_keep(const char *file);

#endif
