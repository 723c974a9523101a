/* SPDX-License-Identifier: MIT */
/* jobs.h - run the template for many leases, several at a time */
#ifndef UPKEEP_JOBS_H
#define UPKEEP_JOBS_H

#include "alloc/store.h"
#include "tunnel/template.h"
#include "upkeep/files.h"

#define JOBS_STEPS  3
#define JOBS_MAX    256
#define JOBS_OUTPUT 512 /* bytes of an answer to TEMPLATE_INFO */

/** struct job_step - one run of the template that @config names */
struct job_step {
	const struct config *config;
	enum template_operation operation;
	struct tunnel tunnel;
};

/**
 * struct job - the work on one lease: runs of the template, one after another
 * @claim:	The lease; held if the caller needs that
 * @steps:	Runs; the first failure ends the job
 * @count:	Number of steps
 * @failed:	A step has failed
 * @output:	Output of TEMPLATE_INFO
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
 * @files:	Files of the leases; their observer watches the run
 * @next:	Fills in an empty job; false: there are no more
 * @done:	Called after a job's last step
 * @context:	For both
 * @jobs:	Jobs at a time; 0: two for each processor
 * @total:	Number of jobs, for the observer
 * @what:	What is done, for the observer; NULL: the run is not observed
 */
struct jobs_work {
	const struct files *files;
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
enum upkeep_result jobs_run(const struct jobs_work *work);

#endif
