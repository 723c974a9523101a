/* SPDX-License-Identifier: MIT */
/* children.h - handlers at work, counted by the client's address */
#ifndef LISTEN_CHILDREN_H
#define LISTEN_CHILDREN_H

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/config.h"
#include "lib/endpoint.h"

/** struct children - handlers at work; made by children_init(), ended by children_free() */
struct children {
	struct child *list;
	size_t max;        /* limit of handlers at work */
	size_t per_source; /* limit for one IPv4 address */
	unsigned seconds;  /* time after which a handler is killed */
	size_t count;      /* handlers at work */
	pid_t keep;        /* a child that somebody else waits for; 0: none */
	const char *state; /* state directory, for the quota of log lines; NULL: none */
	/* called for each process that was collected; NULL: not needed */
	void (*on_end)(void *of, pid_t pid, int status);
	void *on_end_of;
};

unsigned children_seconds(const struct config *config);
int children_init(struct children *c, size_t max, size_t per_source, unsigned seconds);
void children_free(struct children *c);
bool children_fit(const struct children *c, struct in_addr source);
void children_add(struct children *c, pid_t pid, struct in_addr source);
void children_add_forked(struct children *c, pid_t broker, pid_t session,
			 const struct endpoint *client);
void children_reap(struct children *c);
void children_collect(struct children *c);
int64_t children_hurry(struct children *c);
int children_wait(struct children *c, struct pollfd *p, int64_t ms,
		  const sigset_t *waiting);
void children_finish(struct children *c, const sigset_t *waiting);
void children_signal(const struct children *c, int signal);

void children_listen(sigset_t *before, sigset_t *waiting);
bool children_asked_to_stop(void);

#endif
