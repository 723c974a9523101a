/* SPDX-License-Identifier: MIT */
/* check.h - are the allocation files sound? */
#ifndef ALLOC_CHECK_H
#define ALLOC_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "alloc/store.h"

/**
 * enum check_kind - what can be found; of those that are harmless check_is_harmless()
 * @CHECK_FILE:		header or size: handlers refuse the file
 * @CHECK_MOVED:	@number lines are not where they should be, or the file has @bytes too
 *			many; lines that have moved are no CHECK_LINE
 * @CHECK_LINE:		a damaged lease line, out of use
 * @CHECK_INDEX_LINE:	@number of them hold something that is no entry
 * @CHECK_NO_ENTRY:	a lease that the index does not lead to
 * @CHECK_STALE:	@number index entries of no lease
 * @CHECK_SAME_OWNER:	the owner has two leases in force; @other is the newer one
 * @CHECK_SAME_ENDPOINT: two leases in force have one endpoint; @other is the one to stay
 * @CHECK_OLD_OWNER:	an expired lease whose owner has got another one
 * @CHECK_ABANDONED:	an offer that no session holds
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
	CHECK_KINDS,
};

/** struct check_finding - one finding */
struct check_finding {
	enum check_kind kind;
	enum pool_kind pool;
	uint32_t number; /* lease, or how many */
	enum pool_kind other_pool;
	uint32_t other;  /* lease */
	const char *why; /* CHECK_FILE, CHECK_LINE: what is wrong */
	long long bytes; /* CHECK_MOVED */
};

/** typedef check_reporter() - called for each finding; anything but 0 ends the check */
typedef int check_reporter(const struct check_finding *finding, void *context);

bool check_is_harmless(enum check_kind kind);
int check_store(struct store *store, check_reporter *report, void *context);

#endif
