/* SPDX-License-Identifier: MIT */
/* lab.h - a handler's files and pretend kernel, and whether they are sound */
#ifndef TESTS_FAULTS_LAB_H
#define TESTS_FAULTS_LAB_H

#include <limits.h>
#include <stdbool.h>

#include "alloc/store.h"

#define LAB_CAPACITY 16u /* leases of each pool */

/** enum before - what lab_reset() makes */
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
 * struct lab - a directory with everything
 * @dir:	tsp.conf, template.sh, log, etc/users, state/ and kernel/, where a file stands
 *		for each tunnel that is up
 * @config:	As config_load() read it
 * @images:	The allocation files as lab_reset() makes them; no data: they are not there
 */
struct lab {
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

int lab_open(struct lab *w);
void lab_close(struct lab *w);
void lab_prepare(struct lab *w, enum before before);
void lab_reset(struct lab *w);
const char *lab_log(struct lab *w);

/* sound.c */
void lab_raise_tunnels(struct lab *w);
const char *lab_unsound(struct lab *w, unsigned damaged_allowed);
const char *lab_kernel_differs(struct lab *w);
bool lab_find(struct lab *w, enum pool_kind pool, const char *owner, struct lease *out);
bool lab_line_kept(struct lab *w, enum pool_kind pool, const char *owner);
bool lab_before(struct lab *w, enum pool_kind pool, const char *owner, struct lease *out);

#endif
