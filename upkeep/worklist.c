/* SPDX-License-Identifier: MIT */
/*
 * worklist.c - a list of leases to work through
 *
 * The files are read without holding any lease. Before it changes a lease, the caller must
 * hold it and look again whether there is something to do.
 */
#include "upkeep/worklist.h"

#include <stdlib.h>

#include "lib/array.h"
#include "lib/log.h"

/**
 * worklist_add() - add a lease
 * @list:	List
 * @pool:	The lease's pool
 * @number:	Lease number
 * @mark:	The caller's
 * @expires:	Skip the lease if it expires at another time by its turn; 0: never skip it
 *
 * Return: 0; -1 with errno, logged
 */
int worklist_add(struct worklist *list, enum pool_kind pool, uint32_t number,
		 unsigned mark, time_t expires)
{
	struct worklist_item *more;

	more = array_room(list->items, list->count, &list->size, sizeof(*more));
	if (!more) {
		log_msg(LOG_ERR, "%m");
		return -1;
	}
	list->items = more;
	list->items[list->count++] = (struct worklist_item){.number = number,
							    .pool = pool,
							    .mark = (unsigned char)mark,
							    .expires = expires};
	return 0;
}

/** visit_line() - table_visitor() of worklist_collect() */
static int visit_line(uint32_t number, const struct lease *lease, const char *why,
		      void *context)
{
	struct worklist_tour *tour = context;

	(void)number;
	(void)why;
	if (lease)
		return tour->visit(tour, lease);
	tour->list->damaged++; /* left to check --repair */
	return 0;
}

/**
 * worklist_collect() - visit all leases of all files
 * @list:	List
 * @store:	Store
 * @visit:	Adds the leases it wants
 *
 * Return: 0; -1 with errno, logged
 */
int worklist_collect(struct worklist *list, struct store *store, worklist_visitor *visit)
{
	struct worklist_tour tour = {.list = list, .store = store, .visit = visit};

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
	return worklist_add(tour->list, tour->pool, lease->number, 0, 0);
}

/** worklist_next() - the next lease; NULL: there are no more */
const struct worklist_item *worklist_next(struct worklist *list)
{
	return list->at < list->count ? &list->items[list->at++] : NULL;
}

/**
 * worklist_lock() - lock the file of the next lease, and leave the one before it
 * @turn:	Locks each file once for many leases: a lock for each lease costs more than
 *		reading the lease; sessions wait meanwhile, so that nothing slow may be done
 * @t:		File
 *
 * Return: 0; -1 with errno, logged, and nothing is locked
 */
int worklist_lock(struct worklist_turn *turn, struct table *t)
{
	if (turn->locked == t)
		return 0;
	worklist_unlock(turn);
	if (table_lock(t))
		return -1;
	turn->locked = t;
	return 0;
}

/** worklist_unlock() - let sessions in */
void worklist_unlock(struct worklist_turn *turn)
{
	if (turn->locked)
		table_unlock(turn->locked);
	turn->locked = NULL;
}

/** worklist_free() - empty the list and free its memory */
void worklist_free(struct worklist *list)
{
	free(list->items);
	*list = (struct worklist){.items = NULL};
}
