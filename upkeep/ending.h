/* SPDX-License-Identifier: MIT */
/* ending.h - take tunnels down and end their leases, in that order */
#ifndef UPKEEP_ENDING_H
#define UPKEEP_ENDING_H

#include "upkeep/files.h"
#include "upkeep/jobs.h"

#define ENDING_BATCH 256 /* leases that share one sync */

/** enum ending_wish - what to do with a claimed lease */
enum ending_wish {
	ENDING_IF_OVER, /* end it if it ran out; withdraw an offer whose session died */
	ENDING_NOW,     /* end it */
};

/** enum ending_result - how ending_one() ended */
enum ending_result {
	ENDING_OK,
	ENDING_GONE,   /* the lease has ended already, or has another owner */
	ENDING_HELD,   /* a session holds it */
	ENDING_FAILED, /* its tunnel stays, or the file cannot be written: logged */
};

/** struct ending - leases that are being ended */
struct ending {
	struct files *files;
	size_t ended, settled, failed;

	const char *why[ENDING_BATCH]; /* for the log, one for each of @batch */
	struct store_claim batch[ENDING_BATCH];
	size_t count;
};

void ending_begin(struct ending *e, struct files *f);
bool ending_plan(const struct ending *e, struct job *job, enum ending_wish wish);
void ending_done(struct ending *e, struct job *job, enum ending_wish wish,
		 const char *why);
void ending_flush(struct ending *e);
enum ending_result ending_one(struct files *f, const struct store_ref *ref,
			      enum ending_wish wish, const char *why);

#endif
