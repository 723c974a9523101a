/* SPDX-License-Identifier: MIT */
/* worklist.h - a list of leases to work through */
#ifndef UPKEEP_WORKLIST_H
#define UPKEEP_WORKLIST_H

#include "alloc/store.h"

/** struct worklist_item - a lease, and the caller's mark */
struct worklist_item {
	uint32_t number;
	enum pool_kind pool;
	unsigned char mark;
	bool done;      /* the caller has finished it */
	bool failed;    /* the caller has failed with it */
	time_t expires; /* the lease is skipped if it expires at another time; 0: never */
};

/** struct worklist - the list; all zero: empty */
struct worklist {
	struct worklist_item *items;
	size_t count, size;
	size_t at;      /* the next item */
	size_t damaged; /* damaged lines that worklist_collect() met */
};

struct worklist_tour;

/** typedef worklist_visitor() - calls worklist_add() for leases it wants; 0, or -1 */
typedef int worklist_visitor(struct worklist_tour *tour, const struct lease *lease);

/** struct worklist_tour - worklist_collect() under way */
struct worklist_tour {
	struct worklist *list;
	const struct store *store;
	enum pool_kind pool;
	worklist_visitor *visit;
};

/** struct worklist_turn - a file locked for many of its leases; starts as {0} */
struct worklist_turn {
	struct table *locked;
};

int worklist_lock(struct worklist_turn *turn, struct table *t);
void worklist_unlock(struct worklist_turn *turn);
int worklist_add(struct worklist *list, enum pool_kind pool, uint32_t number,
		 unsigned mark, time_t expires);
int worklist_collect(struct worklist *list, struct store *store, worklist_visitor *visit);
int worklist_add_active(struct worklist_tour *tour, const struct lease *lease);
const struct worklist_item *worklist_next(struct worklist *list);
void worklist_free(struct worklist *list);

#endif
