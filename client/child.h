/* SPDX-License-Identifier: MIT */
/* child.h - the processes without rights that the main process starts */
#ifndef CLIENT_CHILD_H
#define CLIENT_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/** struct child - a process and the packet socket that leads to it; pid 0: none */
struct child {
	pid_t pid;
	int fd;
};

/**
 * typedef child_work() - what the process does, after it has given up its rights
 * @fd:		Its end of the packet pair
 * @context:	As handed to child_start()
 *
 * Return: exit status
 */
typedef int child_work(int fd, void *context);

int child_start(struct child *child, child_work *work, void *context);
void child_end(struct child *child);

#endif
