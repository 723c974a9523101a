/* SPDX-License-Identifier: MIT */
/*
 * jobs.c - run the template for many leases, several at a time
 *
 * A template mostly waits for the kernel or for other programs, so more of them run than
 * there are processors. One process watches them all and holds the leases they work on;
 * they die with it (script.c).
 *
 * Ctrl-C and `systemctl stop` end the run in good order: jobs that run are finished, no
 * new one starts.
 */
#include "upkeep/jobs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"

static volatile sig_atomic_t stopped;

static void on_stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

/** jobs_catch_stop() - from now on a signal requests a stop; a second one kills */
void jobs_catch_stop(void)
{
	struct sigaction action = {.sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

/** jobs_stopped() - a signal has requested a stop */
bool jobs_stopped(void)
{
	return stopped;
}

/**
 * jobs_step() - add a run of the template to a job
 * @config:	Configuration, which names the template; must outlive the job
 * @job:	Job with room for another step
 * @operation:	Operation
 * @pool:	The lease's pool
 * @lease:	Lease
 * @part:	Which of its tunnels
 */
void jobs_step(const struct config *config, struct job *job,
	       enum template_operation operation, enum pool_kind pool,
	       const struct lease *lease, const struct lease_tunnel *part)
{
	struct job_step *step = &job->steps[job->count++];

	step->config = config;
	step->operation = operation;
	tunnel_describe(config, pool, lease, part, (struct in_addr){0}, &step->tunnel);
}

/** start_step() - start the next step; the job fails if it cannot be started */
static void start_step(struct job *job)
{
	struct job_step *step = &job->steps[job->at];
	bool wants = step->operation == TEMPLATE_INFO;

	job->text = BUF_ON(job->output);
	if (template_start(&job->run, step->config, step->operation, &step->tunnel,
			   wants ? &job->text : NULL))
		job->failed = true;
	else
		job->busy = true;
}

/** advance() - start the next step, or report the job if it is over */
static void advance(const struct jobs_work *work, struct job *job)
{
	while (!job->busy && !job->failed && job->at < job->count)
		start_step(job);
	if (!job->busy)
		work->done(work->context, job);
}

/** begin_job() - put a new job into an idle slot; false: there are no more */
static bool begin_job(const struct jobs_work *work, struct job *job)
{
	job->count = job->at = job->mark = 0;
	job->failed = job->busy = false;
	job->claim.held = false;
	job->output[0] = '\0';
	if (stopped || !work->next(work->context, job))
		return false;
	advance(work, job);
	return true;
}

/** finish_step() - collect a run of the template that is over */
static void finish_step(const struct jobs_work *work, struct job *job)
{
	job->busy = false;
	job->failed = template_end(&job->run) != 0;
	job->at++;
	advance(work, job);
}

/** watch() - wait for an event of any job, and handle all events */
static void watch(const struct jobs_work *work, struct job *slots, unsigned count)
{
	struct pollfd fds[JOBS_MAX * SCRIPT_FDS];
	int timeout = -1, left;
	unsigned i;

	for (i = 0; i < count; i++) {
		struct pollfd *own = &fds[(size_t)i * SCRIPT_FDS];

		own[0] = (struct pollfd){.fd = -1};
		own[1] = own[0];
		if (!slots[i].busy)
			continue;
		left = script_wait(&slots[i].run.script, own);
		timeout = timeout < 0 || left < timeout ? left : timeout;
	}
	if (poll(fds, (nfds_t)count * SCRIPT_FDS, timeout) < 0) {
		for (i = 0; i < count * SCRIPT_FDS; i++)
			fds[i].revents = 0;
	}
	for (i = 0; i < count; i++) {
		if (slots[i].busy &&
		    script_advance(&slots[i].run.script, &fds[(size_t)i * SCRIPT_FDS]))
			finish_step(work, &slots[i]);
	}
}

/** run_slots() - keep all slots busy until no job is left */
static void run_slots(const struct jobs_work *work, struct job *slots, unsigned count)
{
	const struct upkeep_observer *observer =
		work->what ? work->files->observer : NULL;
	size_t begun = 0, busy;
	bool more = true;
	unsigned i;

	upkeep_begin(observer, work->what, work->total);
	do {
		busy = 0;
		for (i = 0; i < count; i++) {
			while (more && !slots[i].busy) {
				more = begin_job(work, &slots[i]);
				begun += more;
			}
			busy += slots[i].busy;
		}
		upkeep_advance(observer, begun - busy);
		if (busy)
			watch(work, slots, count);
	} while (busy);
	upkeep_end(observer);
}

/**
 * jobs_run() - run all jobs
 * @work:	Where they come from
 *
 * Return: UPKEEP_OK, even if jobs failed; UPKEEP_INCOMPLETE: a signal stopped it;
 * UPKEEP_ERROR
 */
enum upkeep_result jobs_run(const struct jobs_work *work)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned jobs =
		work->jobs ? work->jobs : 2 * (processors > 0 ? (unsigned)processors : 1);
	struct job *slots;

	if (jobs > JOBS_MAX)
		jobs = JOBS_MAX;
	slots = calloc(jobs, sizeof(*slots));
	if (!slots) {
		log_msg(LOG_ERR, "%m");
		return UPKEEP_ERROR;
	}
	jobs_catch_stop();
	run_slots(work, slots, jobs);
	free(slots);
	if (!stopped)
		return UPKEEP_OK;
	log_msg(LOG_ERR, "stopped by a signal: not everything was done");
	return UPKEEP_INCOMPLETE;
}
