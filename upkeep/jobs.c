/* SPDX-License-Identifier: MIT */
/*
 * jobs.c - run the template for many leases, several at a time
 *
 * The template is a shell that mostly waits for the kernel or for other programs, so more
 * of them run than there are processors. One process watches all of them; it also holds
 * the leases they work on, and they die with it (script.c).
 *
 * Ctrl-C and `systemctl stop` end the run in good order: what is under way is finished,
 * nothing new is begun.
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

#include "ctl/ui/progress.h"
#include "lib/log.h"

static volatile sig_atomic_t stopped;

static void on_stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

/** jobs_catch_stop() - from now on a signal asks to come to an end; a second one ends it */
void jobs_catch_stop(void)
{
	struct sigaction action = {.sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

/** jobs_stopped() - a signal has asked for that */
bool jobs_stopped(void)
{
	return stopped;
}

/**
 * jobs_step() - one more run of the template for a job
 * @config:	Configuration; it names the template
 * @job:	Job
 * @operation:	What to do
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

/** start() - the next step of a job; one that cannot be started has failed */
static void start(const struct jobs_work *work, struct job *job)
{
	struct job_step *step = &job->steps[job->at];
	const struct config *config = step->config ? step->config : work->config;
	bool wants = step->operation == TEMPLATE_INFO;

	job->text = BUF_ON(job->output);
	if (template_start(&job->run, config, step->operation, &step->tunnel,
			   wants ? &job->text : NULL))
		job->failed = true;
	else
		job->busy = true;
}

/** go_on() - start steps until one runs, or all are over */
static void go_on(const struct jobs_work *work, struct job *job)
{
	while (!job->busy && !job->failed && job->at < job->count)
		start(work, job);
	if (!job->busy)
		work->done(work->context, job);
}

/** begin() - give an idle slot a new job; false when there are no more */
static bool begin(const struct jobs_work *work, struct job *job)
{
	job->count = job->at = job->mark = 0;
	job->failed = job->busy = false;
	job->claim.held = false;
	job->output[0] = '\0';
	if (stopped || !work->next(work->context, job))
		return false;
	go_on(work, job);
	return true;
}

/** finish_step() - a run of the template is over */
static void finish_step(const struct jobs_work *work, struct job *job)
{
	job->busy = false;
	job->failed = template_end(&job->run) != 0;
	job->at++;
	go_on(work, job);
}

/** watch() - wait until something happens to one of the jobs, and see to all of them */
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

/** run_slots() - keep all slots at work until there is nothing more to do */
static void run_slots(const struct jobs_work *work, struct job *slots, unsigned count)
{
	struct progress bar;
	size_t begun = 0, busy;
	bool more = true;
	unsigned i;

	progress_begin(&bar, work->what, work->total);
	do {
		busy = 0;
		for (i = 0; i < count; i++) {
			while (more && !slots[i].busy) {
				more = begin(work, &slots[i]);
				begun += more;
			}
			busy += slots[i].busy;
		}
		progress_show(&bar, begun - busy);
		if (busy)
			watch(work, slots, count);
	} while (busy);
	progress_end(&bar);
}

/**
 * jobs_run() - do all the work there is
 * @work:	What to do
 *
 * Return: 0; CTL_FAILED when a signal has cut it short, CTL_ERROR, both reported
 */
int jobs_run(const struct jobs_work *work)
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
		return CTL_ERROR;
	}
	jobs_catch_stop();
	run_slots(work, slots, jobs);
	free(slots);
	if (!stopped)
		return 0;
	log_msg(LOG_ERR, "stopped by a signal: not everything was done");
	return CTL_FAILED;
}
