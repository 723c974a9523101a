/* SPDX-License-Identifier: MIT */
/* child_wait.h - wait for a child process within a deadline */
#ifndef LIB_CHILD_WAIT_H
#define LIB_CHILD_WAIT_H

#include <sys/types.h>

int child_wait(pid_t pid, unsigned seconds, int *status);

#endif
