/* SPDX-License-Identifier: MIT */
/* events.h - all waits of the main process */
#ifndef CLIENT_EVENTS_H
#define CLIENT_EVENTS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define EVENTS_FDS 8 /* descriptors that a caller may wait for */

/** enum events_result - why a wait ended */
enum events_result {
	EVENTS_READY,  /* a descriptor of the caller is ready */
	EVENTS_TIME,   /* time-out */
	EVENTS_STOP,   /* a signal asks to end */
	EVENTS_CHANGE, /* addresses or routes have changed, or the machine has slept */
};

void events_open(void);
void events_watch(int netlink);
enum events_result events_wait(struct pollfd *fds, unsigned count, int64_t until,
			       bool changes);
enum events_result events_wait_fd(int fd, int64_t until);
bool events_stopping(void);
void events_forget(void);

#endif
