/* SPDX-License-Identifier: MIT */
/* strike.h - run a program with one fault in one of its system calls */
#ifndef TESTS_FAULTS_STRIKE_H
#define TESTS_FAULTS_STRIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** enum role - the process whose system calls are counted */
enum role {
	ROLE_MAIN,    /* the program: a handler's broker, or tspctl */
	ROLE_SESSION, /* a handler's first child */
	ROLE_SCRIPT,  /* other children, up to their execve(); counted together */
	ROLES,
};

/** enum fault_kind - what happens to the chosen call */
enum fault_kind {
	FAULT_NONE,
	FAULT_ERROR,    /* it is not made and fails */
	FAULT_KILL,     /* its process is killed instead */
	FAULT_KILL_ALL, /* all processes are */
	FAULT_SHORT,    /* it is a write, and writes only a part */
	FAULT_TEAR,     /* the same, and all processes are killed then */
	FAULT_JUMP,     /* the wall clock is set, when it is read the call-th time */
	FAULT_KINDS,
};

/** struct fault - one of them */
struct fault {
	enum fault_kind kind;
	enum role role;
	unsigned call; /* which one of the role's, from 1 */
	int error;     /* FAULT_ERROR */
	size_t bytes;  /* FAULT_SHORT, FAULT_TEAR */
	int seconds;   /* FAULT_JUMP */
};

#define CALLS_MAX 4096 /* system calls of a role that are remembered */

/** struct call - a system call that was made */
struct call {
	long number;
	size_t size; /* of a write: bytes */
	bool unlock; /* fcntl(F_OFD_SETLK, F_UNLCK) */
};

/**
 * struct run - what became of a program
 * @calls:	System calls per role
 * @seen:	Which ones they were
 * @struck:	The fault came to pass
 * @status:	As of waitpid(), of the program itself
 * @crash:	Signal that no fault sent and that ended some process; 0: none
 * @crashed:	Which role that was
 * @hung:	It did not end in time, and was ended
 */
struct run {
	unsigned calls[ROLES];
	struct call seen[ROLES][CALLS_MAX];
	bool struck;
	int status;
	int crash;
	enum role crashed;
	bool hung;
};

/** struct program - what to run: see strike_run() */
struct program {
	char *const *argv;
	int input, output; /* become descriptors 0 and 1; -1: /dev/null */
	int log;           /* becomes descriptor 2 */
	unsigned user;     /* user and group id; 0: as we are */
	bool is_handler;   /* its first child is a session */
	const char *jump;  /* what sets its clock, for FAULT_JUMP: preload/jump.c */
};

int strike_run(const struct program *program, const struct fault *fault, unsigned seconds,
	       struct run *out);
bool call_can_fail(const struct call *call, int error);
const char *role_name(enum role role);

#endif
