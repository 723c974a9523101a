/* SPDX-License-Identifier: MIT */
/* verdict.h - what a run with a fault in it came to */
#ifndef TESTS_FAULTS_VERDICT_H
#define TESTS_FAULTS_VERDICT_H

#include "tests/faults/strike.h"
#include "tests/faults/lab.h"

#define SECONDS_MAX 15 /* what takes longer hangs: deadlines of its own are shorter */

/** enum verdict - what a run came to */
enum verdict {
	VERDICT_SERVED,  /* who asked got what they wanted, all the same */
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

/** verdict_of_processes() - nobody crashed, nobody hung */
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
