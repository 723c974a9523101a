/* SPDX-License-Identifier: MIT */
/* moving.h - give leases addresses of other ranges: files, tunnels, events */
#ifndef UPKEEP_MOVING_H
#define UPKEEP_MOVING_H

#include "alloc/move.h"
#include "upkeep/upkeep.h"

/** enum moving_result - how moving_run() ended */
enum moving_result {
	MOVING_DONE,
	MOVING_INCOMPLETE, /* moved; some tunnels could not be built: logged */
	MOVING_REFUSED,    /* nothing has moved, and all tunnels are up: logged */
	MOVING_ERROR,      /* failure at run time, logged */
};

/**
 * struct moving - a move of all pools whose ranges differ from those of their files
 * @config:	Configuration with the new ranges
 * @before:	The same with those of the files
 * @tables:	Files, open if they have to be moved
 * @moves:	What becomes of their leases
 * @observer:	Watches the runs; may be NULL
 * @damaged:	A file is missing or damaged: logged
 * @by_datapath: The template's tunnels are in the data path, which has ranges of its own
 *		and forgets all tunnels when it gets others: the template is not run
 * @down, @built, @held, @failed: Tunnels taken down, built, left to sessions, not built
 */
struct moving {
	const struct config *config;
	struct config before;
	struct table tables[POOL_KINDS];
	struct move moves[POOL_KINDS];
	const struct upkeep_observer *observer;
	bool damaged, by_datapath;
	size_t down, built, held, failed;
};

int moving_open(struct moving *m, const struct config *config, enum table_use use);
int moving_plan(struct moving *m);
bool moving_differs(const struct moving *m, enum pool_kind kind);
bool moving_is_done(const struct moving *m, enum pool_kind kind);
bool moving_is_possible(const struct moving *m);
enum moving_result moving_run(struct moving *m);
void moving_close(struct moving *m);

#endif
