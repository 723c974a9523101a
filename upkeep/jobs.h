/* SPDX-License-Identifier: MIT */
/* jobs.h - run the template for many leases, several at a time */
#ifndef UPKEEP_JOBS_H
#define UPKEEP_JOBS_H

#include "alloc/store.h"
#include "ctl/ctl.h"
#include "tunnel/template.h"

#define JOBS_STEPS  3
#define JOBS_MAX    256
#define JOBS_OUTPUT 512 /* bytes of an answer to TEMPLATE_INFO */

/** struct job_step - one run of the template that @config names; NULL: the work's */
struct job_step {
	const struct config *config;
	enum template_operation operation;
	struct tunnel tunnel;
};

/**
 * struct job - what is done for one lease: runs of the template, one after another
 * @claim:	The lease, held, as far as the caller needs that
 * @steps:	Runs; after one that fails the others are left out
 * @count:	How many
 * @failed:	One has failed
 * @output:	What TEMPLATE_INFO has printed
 * @mark:	The caller's
 */
struct job {
	struct store_claim claim;
	struct job_step steps[JOBS_STEPS];
	size_t count, at;
	bool failed;
	char output[JOBS_OUTPUT];
	size_t mark;

	bool busy;
	struct buf text;
	struct template_run run;
};

/**
 * struct jobs_work - a run over many leases
 * @next:	Fills in an empty job; false: there are no more
 * @done:	Called when a job's steps are over
 * @context:	For both
 * @jobs:	How many at a time; 0: twice the processors
 * @total:	How many there will be, for a progress bar; 0: none
 * @what:	What is done to them, for the bar
 */
struct jobs_work {
	const struct config *config;
	bool (*next)(void *context, struct job *job);
	void (*done)(void *context, struct job *job);
	void *context;
	unsigned jobs;
	size_t total;
	const char *what;
};

void jobs_step(const struct config *config, struct job *job,
	       enum template_operation operation, enum pool_kind pool,
	       const struct lease *lease, const struct lease_tunnel *part);
void jobs_catch_stop(void);
bool jobs_stopped(void);
int jobs_run(const struct jobs_work *work);

#endif
