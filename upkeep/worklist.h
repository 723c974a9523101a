/* SPDX-License-Identifier: MIT */
/* worklist.h - a list of leases to work through */
#ifndef UPKEEP_WORKLIST_H
#define UPKEEP_WORKLIST_H

#include "alloc/store.h"

/** struct todo_item - a lease, and the caller's mark */
struct todo_item {
	uint32_t number;
	unsigned short pool; /* enum pool_kind */
	unsigned char mark;
	bool done;      /* the caller has seen to it */
	bool failed;    /* the caller could not do what was to be done */
	time_t expires; /* the lease must still have this expiry; 0: any */
};

/** struct todo - the list; all zero: empty */
struct todo {
	struct todo_item *items;
	size_t count, size;
	size_t at;      /* the next one */
	size_t damaged; /* lines that todo_collect() came across */
};

struct todo_tour;

/** typedef todo_visitor() - calls todo_add() for a lease that it wants; 0, or -1 */
typedef int todo_visitor(struct todo_tour *tour, const struct lease *lease);

/** struct todo_tour - a tour of todo_collect() */
struct todo_tour {
	struct todo *todo;
	const struct store *store;
	enum pool_kind pool;
	todo_visitor *visit;
};

int todo_add(struct todo *todo, enum pool_kind pool, uint32_t number, unsigned mark,
	     time_t expires);
int todo_collect(struct todo *todo, struct store *store, todo_visitor *visit);
const struct todo_item *todo_next(struct todo *todo);
void todo_free(struct todo *todo);

#endif
