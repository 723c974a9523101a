/* SPDX-License-Identifier: MIT */
/*
 * children.c - handlers at work, counted by the client's address
 *
 * When systemd does not start handlers: a total limit and a limit per address, as
 * MaxConnections= and MaxConnectionsPerSource= of tsp.socket. A handler keeps deadlines of its
 * own; one that does not, whoever controls it, is killed here.
 */
#include "listen/children.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/log.h"

#define GRACE_SECONDS 20 /* more than a handler takes that keeps its own deadlines */
#define TEMPLATE_RUNS 20 /* at most, of one handler; a teardown counts as three */

/** struct child - a process at work */
struct child {
	pid_t pid; /* 0: a free place */
	struct in_addr source;
	int64_t deadline; /* milliseconds of clock_ms(); INT64_MAX: killed already */
};

static volatile sig_atomic_t asked_to_stop, some_ended;

static void on_signal(int signal)
{
	if (signal == SIGCHLD)
		some_ended = 1;
	else
		asked_to_stop = signal;
}

/** children_seconds() - how long a handler may live that keeps its own deadlines */
unsigned children_seconds(const struct config *config)
{
	return config->session_seconds + config->login_delay +
	       TEMPLATE_RUNS * config->template_seconds + GRACE_SECONDS;
}

/**
 * children_init() - make an empty table
 * @c:		Result
 * @max:	Limit of handlers at work, at least 1
 * @per_source:	Limit for one IPv4 address
 * @seconds:	Time after which a handler is killed
 *
 * Return: 0; -1 with errno, and children_fit() is false
 */
int children_init(struct children *c, size_t max, size_t per_source, unsigned seconds)
{
	*c = (struct children){.max = max, .per_source = per_source, .seconds = seconds};
	c->list = calloc(max, sizeof(*c->list));
	if (c->list)
		return 0;
	c->max = 0;
	return -1;
}

/** children_free() - free the table; the processes go on */
void children_free(struct children *c)
{
	free(c->list);
	c->list = NULL;
}

/** children_fit() - another handler for this address is within the limits */
bool children_fit(const struct children *c, struct in_addr source)
{
	size_t i, same = 0;

	for (i = 0; i < c->max; i++)
		same += c->list[i].pid && c->list[i].source.s_addr == source.s_addr;
	return c->count < c->max && same < c->per_source;
}

/** children_add() - count a handler that was started after children_fit() */
void children_add(struct children *c, pid_t pid, struct in_addr source)
{
	size_t i;

	for (i = 0; c->list[i].pid; i++)
		;
	c->list[i] = (struct child){pid, source, clock_ms() + (int64_t)c->seconds * 1000};
	c->count++;
}

/** children_collect() - free the places of handlers that have ended, after children_listen() */
void children_collect(struct children *c)
{
	pid_t pid;
	size_t i;

	if (!some_ended)
		return;
	some_ended = 0; /* first: a handler that ends meanwhile sets it again */
	for (i = 0; i < c->max; i++) {
		if (!c->list[i].pid)
			continue;
		pid = waitpid(c->list[i].pid, NULL, WNOHANG);
		if (pid == c->list[i].pid || (pid < 0 && errno == ECHILD)) {
			c->list[i].pid = 0;
			c->count--;
		}
	}
}

/**
 * children_hurry() - kill handlers that are past their deadline
 *
 * Return: milliseconds until the next deadline; -1 without one
 */
int64_t children_hurry(struct children *c)
{
	int64_t now = clock_ms(), next = INT64_MAX;
	size_t i;

	for (i = 0; i < c->max; i++) {
		struct child *child = &c->list[i];

		if (!child->pid)
			continue;
		if (now >= child->deadline) {
			log_msg(LOG_ERR, "handler %d is past its deadline: killed",
				(int)child->pid);
			kill(child->pid, SIGKILL);
			child->deadline = INT64_MAX;
		}
		if (child->deadline < next)
			next = child->deadline;
	}
	return next == INT64_MAX ? -1 : next - now;
}

/**
 * children_wait() - wait for a descriptor or a signal, and look after the handlers
 * @c:		Children
 * @p:		Descriptor to wait for; NULL: only for signals
 * @ms:		Longest time to wait; -1: any
 * @waiting:	Mask of children_listen()
 *
 * Return: 1: the descriptor is ready; 0 after @ms; -1 with errno, EINTR: look again
 */
int children_wait(struct children *c, struct pollfd *p, int64_t ms,
		  const sigset_t *waiting)
{
	int64_t left = children_hurry(c);
	bool hurry = left >= 0 && (ms < 0 || left < ms);
	struct timespec until;
	int got, saved;

	if (hurry)
		ms = left;
	until = (struct timespec){ms / 1000, ms % 1000 * 1000000};
	got = ppoll(p, p ? 1 : 0, ms < 0 ? NULL : &until, waiting);
	saved = got == 0 && hurry ? EINTR : errno;
	children_collect(c);
	errno = saved;
	return got == 0 && hurry ? -1 : got;
}

/** children_finish() - wait until all handlers have ended, or are past their deadline */
void children_finish(struct children *c, const sigset_t *waiting)
{
	some_ended = 1; /* some may have ended before children_listen() */
	children_collect(c);
	while (c->count)
		children_wait(c, NULL, -1, waiting);
}

/** children_signal() - send a signal to all handlers */
void children_signal(const struct children *c, int signal)
{
	size_t i;

	for (i = 0; i < c->max; i++) {
		if (c->list[i].pid)
			kill(c->list[i].pid, signal);
	}
}

/**
 * children_listen() - let signals in only while ppoll() waits
 * @before:	Result: the previous mask, which handlers get
 * @waiting:	Result: the mask for ppoll(), interrupted by SIGCHLD, SIGTERM and SIGINT
 */
void children_listen(sigset_t *before, sigset_t *waiting)
{
	static const int signals[] = {SIGCHLD, SIGTERM, SIGINT};
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t block;
	size_t i;

	sigemptyset(&block);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], &action, NULL);
		sigaddset(&block, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &block, before);
	*waiting = *before;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigdelset(waiting, signals[i]);
}

/** children_asked_to_stop() - SIGTERM or SIGINT was received */
bool children_asked_to_stop(void)
{
	return asked_to_stop;
}
