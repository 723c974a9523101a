/* SPDX-License-Identifier: MIT */
/* move.h - replace an allocation file by one whose leases have addresses of other ranges */
#ifndef ALLOC_MOVE_H
#define ALLOC_MOVE_H

#include <limits.h>

#include "alloc/move_plan.h"
#include "alloc/rebuild.h"

/**
 * struct move - a move under way
 * @plan:	What becomes of each lease; its before, after, pool and now are set
 * @kept:	The old file's name after move_commit(); empty: the old file is in place
 */
struct move {
	struct move_plan plan;
	char kept[PATH_MAX];

	struct table *from;
	struct table to;  /* the new file; fd -1: in place, or not made yet */
	bool owns, holds; /* line 0; all other lines */
};

enum rebuild_result move_prepare(struct move *m, struct table *from,
				 unsigned wait_seconds);
enum rebuild_result move_commit(struct move *m);
void move_end(struct move *m);
int move_read(const struct move *m, const struct move_item *item, struct lease *out);

#endif
