/* SPDX-License-Identifier: MIT */
/* world.h - what a handler works on: files, a pretend kernel, and whether they are sound */
#ifndef TESTS_FAULTS_WORLD_H
#define TESTS_FAULTS_WORLD_H

#include <limits.h>
#include <stdbool.h>

#include "alloc/store.h"

#define WORLD_CAPACITY 16u /* leases of each pool */

/** enum before - what world_reset() makes */
enum before {
	BEFORE_NOTHING, /* no files */
	BEFORE_LEASES,  /* alice and bob, two anonymous ones, and three that are over */
	BEFORE_OVER,    /* the same, and bob's time is over, but his tunnel is up */
	BEFORE_DAMAGE,  /* the same, and bob's line is half of an older one */
	BEFORE_BOOT,    /* the same, and no tunnels */
	BEFORE_PROOF,   /* the same, and alice and bob have yet to be seen to send */
};

/** struct image - an allocation file's bytes */
struct image {
	char *data;
	size_t len;
};

/**
 * struct world - a directory with everything
 * @dir:	tsp.conf, template.sh, log, etc/users, state/ and kernel/, where a file stands
 *		for each tunnel that is up
 * @config:	As config_load() read it
 * @images:	The allocation files as world_reset() makes them; no data: they are not there
 */
struct world {
	char dir[64];
	char config_path[PATH_MAX];
	const char *handler, *tspctl; /* programs; tspctl may be NULL */
	const char *jump;             /* preload/jump.c; may be NULL */
	enum before before;
	unsigned user;
	struct config config;
	struct image images[POOL_KINDS];
	int log; /* read and write: what the programs say */
};

int world_open(struct world *w);
void world_close(struct world *w);
void world_prepare(struct world *w, enum before before);
void world_reset(struct world *w);
const char *world_log(struct world *w);

/* sound.c */
void world_raise_tunnels(struct world *w);
const char *world_unsound(struct world *w, unsigned damaged_allowed);
const char *world_kernel_differs(struct world *w);
bool world_find(struct world *w, enum pool_kind pool, const char *owner,
		struct lease *out);
bool world_line_kept(struct world *w, enum pool_kind pool, const char *owner);
bool world_before(struct world *w, enum pool_kind pool, const char *owner,
		  struct lease *out);

#endif
