/* SPDX-License-Identifier: MIT */
/* sandbox_steps.h - steps that stages in sandbox.c and sandbox_fork.c share */
#ifndef SANDBOX_SANDBOX_STEPS_H
#define SANDBOX_SANDBOX_STEPS_H

#include <stdbool.h>
#include <sys/resource.h>

/*
 * RLIMIT_NOFILE of a session: poll() takes at most as many entries as this limit, the client
 * and the broker. Descriptors 0 and 1 are in use, so no new one fits.
 */
#define SANDBOX_POLLED 2

int sandbox_fail(const char *step);
int sandbox_landlock(int result, bool log);
int sandbox_limit(int resource, rlim_t value);
int sandbox_give_up(void);

#endif
