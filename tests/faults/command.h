/* SPDX-License-Identifier: MIT */
/* command.h - one tspctl command with a fault in it, and what has to hold after it */
#ifndef TESTS_FAULTS_COMMAND_H
#define TESTS_FAULTS_COMMAND_H

#include "tests/faults/verdict.h"

#define COMMAND_ARGS 4

/**
 * struct command - a command
 * @name:	For the table
 * @before:	What there is before
 * @args:	After "tspctl -c FILE"
 * @input:	On standard input, NULL: nothing
 * @target:	The user whose lease it ends, or whose line it changes; NULL: none
 * @done:	What it is for has come to pass
 */
struct command {
	const char *name;
	enum before before;
	const char *args[COMMAND_ARGS];
	const char *input;
	const char *target;
	bool (*done)(struct world *w);
};

extern const struct command commands[];
extern const size_t command_count;

void command_run(struct world *w, const struct command *command,
		 const struct fault *fault, struct run *run, struct result *out);

#endif
