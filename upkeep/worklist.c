/* SPDX-License-Identifier: MIT */
/*
 * worklist.c - a list of leases to work through
 *
 * It is made by a tour of the files without the lock; whoever works through it has to look
 * again, with the lease held, whether there still is something to do.
 */
#include "upkeep/worklist.h"

#include <stdlib.h>

#include "lib/log.h"
#include "lib/array.h"

/** worklist_add() - one more lease; 0, or -1 with errno, logged */
int worklist_add(struct worklist *todo, enum pool_kind pool, uint32_t number,
		 unsigned mark, time_t expires)
{
	struct worklist_item *more;

	more = array_room(todo->items, todo->count, &todo->size, sizeof(*more));
	if (!more) {
		log_msg(LOG_ERR, "%m");
		return -1;
	}
	todo->items = more;
	todo->items[todo->count++] = (struct worklist_item){.number = number,
							    .pool = pool,
							    .mark = (unsigned char)mark,
							    .expires = expires};
	return 0;
}

/** visit_line() - table_each() for worklist_collect() */
static int visit_line(uint32_t number, const struct lease *lease, const char *why,
		      void *context)
{
	struct worklist_tour *tour = context;

	(void)number;
	(void)why;
	if (lease)
		return tour->visit(tour, lease);
	tour->todo->damaged++; /* out of use, and a matter of check --repair */
	return 0;
}

/**
 * worklist_collect() - visit all leases of all files
 * @todo:	List
 * @store:	Store
 * @visit:	Calls worklist_add() for those it wants
 *
 * Return: 0; -1 with errno, logged
 */
int worklist_collect(struct worklist *todo, struct store *store, worklist_visitor *visit)
{
	struct worklist_tour tour = {.todo = todo, .store = store, .visit = visit};

	POOL_EACH(kind) {
		tour.pool = kind;
		if (store->tables[kind].fd >= 0 &&
		    table_each(&store->tables[kind], visit_line, &tour))
			return -1;
	}
	return 0;
}

/** worklist_add_active() - worklist_visitor(): leases that should have a tunnel */
int worklist_add_active(struct worklist_tour *tour, const struct lease *lease)
{
	if (!lease_is_active(lease, tour->store->now()))
		return 0;
	return worklist_add(tour->todo, tour->pool, lease->number, 0, 0);
}

/** worklist_next() - the next lease, or NULL */
const struct worklist_item *worklist_next(struct worklist *todo)
{
	return todo->at < todo->count ? &todo->items[todo->at++] : NULL;
}

/** worklist_free() - empty it */
void worklist_free(struct worklist *todo)
{
	free(todo->items);
	*todo = (struct worklist){.items = NULL};
}
