/* SPDX-License-Identifier: MIT */
/* verdict.h - outcome of a run with a fault in it */
#ifndef TESTS_FAULTS_VERDICT_H
#define TESTS_FAULTS_VERDICT_H

#include "tests/faults/strike.h"
#include "tests/faults/lab.h"

#define SECONDS_MAX                                                                      \
	15 /* a program that takes longer hangs: its own deadlines are shorter */

/** enum verdict - outcome of a run */
enum verdict {
	VERDICT_SERVED,  /* the client was served in spite of the fault */
	VERDICT_REFUSED, /* they were told an error */
	VERDICT_NOTHING, /* they heard nothing, or not all */
	VERDICT_LOST,    /* something is not as it should be: a finding */
	VERDICTS,
};

/** struct result - of one run */
struct result {
	enum verdict verdict;
	const char *why; /* VERDICT_LOST */
};

/** verdict_of_processes() - no process crashed or hung */
static inline const char *verdict_of_processes(const struct run *run)
{
	if (run->hung)
		return "it does not end";
	if (run->crash)
		return run->crashed == ROLE_SESSION ? "the session crashed"
		       : run->crashed == ROLE_MAIN  ? "the program crashed"
						    : "a script crashed";
	return NULL;
}

/* command.c */
const char *command_check(struct lab *w);

#endif
