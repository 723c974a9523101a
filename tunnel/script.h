/* SPDX-License-Identifier: MIT */
/* script.h - run a program and watch its output, its end and its time */
#ifndef TUNNEL_SCRIPT_H
#define TUNNEL_SCRIPT_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "lib/buf.h"

#define SCRIPT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define SCRIPT_FDS  2 /* descriptors that poll() is to watch for each script */

/** struct script - a running program, from script_start() to script_end() */
struct script {
	pid_t pid;
	int pidfd;
	int output;       /* read end of its output, non-blocking; -1: it ended */
	size_t total;     /* bytes it printed */
	struct buf *text; /* what it printed, the end of it when it does not fit */
	struct timespec deadline; /* CLOCK_MONOTONIC */
	const char *fault;        /* what it did wrong; NULL: nothing yet */
	volatile int never_ran;   /* errno of execve(); 0: it succeeded */
	char why[40];             /* room for a fault with a number in it */
};

int script_start(struct script *s, const char *path, char *const environment[],
		 unsigned seconds, int input, struct buf *text);
int script_wait(const struct script *s, struct pollfd fds[SCRIPT_FDS]);
bool script_advance(struct script *s, const struct pollfd fds[SCRIPT_FDS]);
void script_wait_over(struct script *s);
int script_end(struct script *s);

#endif
