/* SPDX-License-Identifier: MIT */
/* story.h - one client's conversation with a faulty handler, and the checks after it */
#ifndef TESTS_FAULTS_STORY_H
#define TESTS_FAULTS_STORY_H

#include "tests/faults/verdict.h"
#include "tests/tools/lib/client.h"

/**
 * struct story - a conversation
 * @name:	For the table
 * @before:	State before it (lab_prepare())
 * @as_root:	The handler is started as root, as inetd does, and changes its user itself
 * @owner:	Owner of the lease
 * @wish:	What the client says
 * @ends:	A success ends the lease
 */
struct story {
	const char *name;
	enum before before;
	bool as_root;
	enum pool_kind pool;
	const char *owner;
	struct client_options wish;
	bool ends;
};

extern const struct story stories[];
extern const size_t story_count;

void story_run(struct lab *w, const struct story *story, const struct fault *fault,
	       struct run *run, struct result *out);

#endif
