/* SPDX-License-Identifier: MIT */
/* story.h - one client's conversation with a faulty handler, and what has to hold after it */
#ifndef TESTS_FAULTS_STORY_H
#define TESTS_FAULTS_STORY_H

#include "tests/faults/strike.h"
#include "tests/faults/world.h"
#include "tests/tools/lib/client.h"

/** enum verdict - what a run came to */
enum verdict {
	VERDICT_SERVED,	 /* the client got what it wanted, all the same */
	VERDICT_REFUSED, /* it was told an error */
	VERDICT_NOTHING, /* it heard nothing, or not all */
	VERDICT_LOST,	 /* something is not as it should be: a finding */
	VERDICTS,
};

/**
 * struct story - a conversation
 * @name:	For the table
 * @populated:	There are leases before (world_prepare())
 * @as_root:	The handler is started as root, as inetd does, and changes its user itself
 * @owner:	Whose lease it is about
 * @wish:	What the client says
 * @ends:	A success ends the lease
 */
struct story {
	const char *name;
	bool populated;
	bool as_root;
	enum pool_kind pool;
	const char *owner;
	struct client_options wish;
	bool ends;
};

extern const struct story stories[];
extern const size_t story_count;

/** struct result - of one run */
struct result {
	enum verdict verdict;
	const char *why; /* VERDICT_LOST */
};

void story_run(struct world *w, const char *handler, const struct story *story,
	       const struct fault *fault, struct run *run, struct result *out);

#endif
