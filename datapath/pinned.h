/* SPDX-License-Identifier: MIT */
/* pinned.h - the pinned maps: their names, how many entries they have, who may use them */
#ifndef DATAPATH_PINNED_H
#define DATAPATH_PINNED_H

#include <stdint.h>
#include <sys/types.h>

/** enum pinned_id - maps that are pinned; the programs have others that need no name */
enum pinned_id {
	PINNED_SHARED,
	PINNED_USERS,
	PINNED_USERS_SEEN,
	PINNED_ANON,
	PINNED_ANON_SEEN,
	PINNED_ANON_INDEX,
	PINNED_BLOCKED,
	PINNED_SPOOFERS,
	PINNED_COUNTERS,
	PINNED_COUNT
};

/** enum pinned_size - where the number of entries comes from */
enum pinned_size { SIZE_FIXED, SIZE_USERS, SIZE_ANONYMOUS, SIZE_INDEX, SIZES };

struct pinned {
	const char *name;
	enum pinned_size size;
	mode_t mode; /* of its file, which belongs to root and the broker's group */
};

extern const struct pinned pinned_maps[PINNED_COUNT];

#endif
