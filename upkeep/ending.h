/* SPDX-License-Identifier: MIT */
/* ending.h - take tunnels down and end their leases, in that order */
#ifndef UPKEEP_ENDING_H
#define UPKEEP_ENDING_H

#include "upkeep/files.h"
#include "upkeep/jobs.h"

#define ENDING_BATCH 256 /* leases that share one sync */

/** enum ending_wish - what is wanted of a lease that was claimed */
enum ending_wish {
	ENDING_IF_OVER, /* end it if it ran out, settle an offer that nobody holds */
	ENDING_NOW,     /* end it */
};

/** enum ending_result - how ending_one() ended */
enum ending_result {
	ENDING_OK,
	ENDING_GONE, /* it is over already, or somebody else's */
	ENDING_HELD, /* a session is at it */
	ENDING_FAILED, /* its tunnel is still there, or the file cannot be written: reported */
};

/** struct ending - leases that are being ended */
struct ending {
	struct ctl *ctl;
	struct files *files;
	size_t ended, settled, failed;

	const char *why[ENDING_BATCH]; /* for the log, one for each of ... */
	struct store_claim batch[ENDING_BATCH];
	size_t count;
};

void ending_begin(struct ending *e, struct ctl *ctl, struct files *f);
bool ending_plan(const struct ending *e, struct job *job, enum ending_wish wish);
void ending_done(struct ending *e, struct job *job, enum ending_wish wish,
		 const char *why);
void ending_flush(struct ending *e);
enum ending_result ending_one(struct ending *e, const struct store_ref *ref,
			      enum ending_wish wish, const char *why);

#endif
