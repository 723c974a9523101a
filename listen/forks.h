/* SPDX-License-Identifier: MIT */
/* forks.h - two processes that fork the sessions and brokers of clients */
#ifndef LISTEN_FORKS_H
#define LISTEN_FORKS_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/config.h"
#include "lib/file_stamp.h"
#include "lib/peer.h"

#define FORKS_SESSIONS 1000  /* that one pair of processes forks at most ... */
#define FORKS_MS       60000 /* ... in at most so much time, then new ones are executed */
#define FORKS_STARTS   10    /* times that new ones are executed in a second */

/**
 * struct fork_hello - what the process that forks brokers tells when it is ready
 * @program, @config, @template: Files as they were before it read them
 * @template_path:	Path of the template
 * @fork:		The configuration still wants sessions to be forked
 * @v6udpv4:		The template builds IPv6 in UDP
 * @session:		The part of the configuration that a session may know
 */
struct fork_hello {
	char version[16]; /* TSP_VERSION: of another one the packets may differ */
	struct file_stamp program, config, template;
	char template_path[PATH_MAX];
	bool fork;
	bool v6udpv4;
	struct config session;
};

/** struct fork_place - one of the two processes */
struct fork_place {
	pid_t pid; /* 0: it has ended */
	int fd;    /* our end of its requests; valid while pid is not 0 */
};

/** struct forks - both processes; program, config_path and mask are the caller's */
struct forks {
	const char *program;     /* path of tsp-handler */
	const char *config_path; /* that handlers are started with */
	const sigset_t *mask;    /* signal mask that they get */
	bool off;                /* the configuration wants an exec for each session */
	bool crashed;            /* a child crashed: it may know the layout of the next */
	unsigned served;
	int64_t begun;      /* milliseconds of CLOCK_MONOTONIC */
	int64_t not_before; /* no new ones before this time, since the last ones failed */
	int64_t second;     /* the second in which ... */
	unsigned starts;    /* ... so many were executed */
	struct fork_place broker, session;
	struct fork_hello hello;
};

/** struct fork_pids - what was forked for a client */
struct fork_pids {
	pid_t broker;
	pid_t session; /* 0: none is needed */
};

int forks_start(struct forks *f, const struct peer *client, int connection,
		struct fork_pids *out);
void forks_note_end(void *forks, pid_t pid, int status);
void forks_stop(struct forks *f);

#endif
