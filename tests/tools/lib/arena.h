/* SPDX-License-Identifier: MIT */
/* arena.h - a broker in a child process, with private files */
#ifndef TESTS_TOOLS_LIB_ARENA_H
#define TESTS_TOOLS_LIB_ARENA_H

#include <sys/types.h>

#include "broker/broker.h"

#define ARENA_CAPACITY 16   /* leases of each pool */
#define ARENA_PATIENCE 5000 /* milliseconds that a broker may take for an answer */

/** struct arena - scratch directory, configuration, broker process */
struct arena {
	char directory[64];
	char tunnels[80]; /* the template's list */
	char fail[80];    /* a file: while there, the template fails */
	struct config config;
	struct tunnel canary; /* of a user whose lease no other may learn of */
	int listener;
	pid_t broker;
	long broker_kib; /* largest resident set of a broker process so far */
};

int arena_open(struct arena *a, const char *template, const char *canary);
int arena_start(struct arena *a);
int arena_call(struct arena *a, const struct peer *peer);
int arena_stop(struct arena *a);
void arena_close(struct arena *a);

#endif
