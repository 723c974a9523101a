/* SPDX-License-Identifier: MIT */
/* check.h - check allocation files for damage */
#ifndef ALLOC_CHECK_H
#define ALLOC_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "alloc/store.h"

/**
 * enum check_kind - findings; check_is_harmless() names the harmless ones
 * @CHECK_FILE:		header or size: handlers refuse the file
 * @CHECK_MOVED:	@number lines are out of place, or the file has @bytes extra bytes; a
 *			line that has moved is not reported as CHECK_LINE
 * @CHECK_LINE:		damaged lease line; the lease is out of use
 * @CHECK_INDEX_LINE:	@number index lines hold something other than entries
 * @CHECK_NO_ENTRY:	the index has no entry for the lease
 * @CHECK_STALE:	@number index entries that no lease has
 * @CHECK_SAME_OWNER:	the owner has two leases in force; @other is the newer one
 * @CHECK_SAME_ENDPOINT: two leases in force share an endpoint; @other is kept
 * @CHECK_OLD_OWNER:	expired lease whose owner has another one
 * @CHECK_ABANDONED:	an offer that no session holds
 * @CHECK_MISSING:	the file is not there; found by the caller
 * @CHECK_OTHER:	another file than the one that was recorded; found by the caller
 * @CHECK_NO_USER:	the users file does not list the owner, @why; found by the caller
 */
enum check_kind {
	CHECK_FILE,
	CHECK_MOVED,
	CHECK_LINE,
	CHECK_INDEX_LINE,
	CHECK_NO_ENTRY,
	CHECK_STALE,
	CHECK_SAME_OWNER,
	CHECK_SAME_ENDPOINT,
	CHECK_OLD_OWNER,
	CHECK_ABANDONED,
	CHECK_MISSING,
	CHECK_OTHER,
	CHECK_NO_USER,
	CHECK_KINDS,
};

/** struct check_finding - one finding */
struct check_finding {
	enum check_kind kind;
	enum pool_kind pool;
	uint32_t number; /* lease, or a count */
	enum pool_kind other_pool;
	uint32_t other;  /* lease */
	const char *why; /* CHECK_FILE, CHECK_LINE: what is wrong; CHECK_NO_USER: owner */
	long long bytes; /* CHECK_MOVED */
};

/** typedef check_reporter() - called for each finding; anything but 0 ends the check */
typedef int check_reporter(const struct check_finding *finding, void *context);

bool check_is_harmless(enum check_kind kind);
int check_store(struct store *store, check_reporter *report, void *context);

#endif
