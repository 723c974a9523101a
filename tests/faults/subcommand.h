/* SPDX-License-Identifier: MIT */
/* subcommand.h - one tspctl command with a fault in it, and the checks after it */
#ifndef TESTS_FAULTS_SUBCOMMAND_H
#define TESTS_FAULTS_SUBCOMMAND_H

#include "tests/faults/verdict.h"

#define SUBCOMMAND_ARGS 5

/**
 * struct subcommand - a command
 * @name:	For the table
 * @before:	State before it
 * @args:	After "tspctl -c FILE"
 * @input:	On standard input, NULL: nothing
 * @target:	The user whose lease it ends, or whose line it changes; NULL: none
 * @done:	Has it done its work?
 */
struct subcommand {
	const char *name;
	enum before before;
	const char *args[SUBCOMMAND_ARGS];
	const char *input;
	const char *target;
	bool (*done)(struct lab *w);
};

extern const struct subcommand commands[];
extern const size_t command_count;

void subcommand_run(struct lab *w, const struct subcommand *command,
		    const struct fault *fault, struct run *run, struct result *out);

#endif
