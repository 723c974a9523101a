/* SPDX-License-Identifier: MIT */
/*
 * children.c - handlers at work, counted by the client's address
 *
 * When systemd does not start handlers: a total limit and a limit per address, as
 * MaxConnections= and MaxConnectionsPerSource= of tsp.socket. A handler keeps deadlines of its
 * own; one that does not, whoever controls it, is killed here.
 *
 * A handler is one process that was executed, or a broker and a session that were forked
 * (listen/forks.c). The session ends when its broker does: an honest one by itself, any other
 * one is killed here. All of them are our own children, so their process ids stay theirs
 * until they are collected.
 */
#include "listen/children.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/log_quota.h"

#define GRACE_SECONDS 20 /* more than a handler takes that keeps its own deadlines */
#define END_SECONDS   5  /* for a session to end after its broker */
#define TEMPLATE_RUNS 20 /* at most, of one handler; a teardown counts as three */

/** struct child - a handler at work */
struct child {
	pid_t pid;     /* of the broker, or of the whole handler; 0: it has ended */
	pid_t session; /* of a forked session; 0: it has ended, or there is none */
	bool forked;
	bool killed;
	struct endpoint client;
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

/** is_free() - the place is nobody's */
static bool is_free(const struct child *child)
{
	return !child->pid && !child->session;
}

/** children_fit() - another handler for this address is within the limits */
bool children_fit(const struct children *c, struct in_addr source)
{
	size_t i, same = 0;

	for (i = 0; i < c->max; i++)
		same += !is_free(&c->list[i]) &&
			c->list[i].client.addr.s_addr == source.s_addr;
	return c->count < c->max && same < c->per_source;
}

/** free_place() - the first one; there is one after children_fit() */
static struct child *free_place(struct children *c)
{
	size_t i;

	for (i = 0; !is_free(&c->list[i]); i++)
		;
	c->count++;
	return &c->list[i];
}

/** children_add() - count a handler that was executed after children_fit() */
void children_add(struct children *c, pid_t pid, struct in_addr source)
{
	*free_place(c) =
		(struct child){.pid = pid,
			       .client.addr = source,
			       .deadline = clock_ms() + (int64_t)c->seconds * 1000};
}

/**
 * children_add_forked() - count a handler that was forked after children_fit()
 * @c:		Children
 * @broker:	Process id
 * @session:	Process id; 0: there is none
 * @client:	For the log; port 0: a connection of TCP
 */
void children_add_forked(struct children *c, pid_t broker, pid_t session,
			 const struct endpoint *client)
{
	*free_place(c) =
		(struct child){.pid = broker,
			       .session = session,
			       .forked = true,
			       .client = *client,
			       .deadline = clock_ms() + (int64_t)c->seconds * 1000};
}

/** say() - log an end that is not as it should be, within the quota of the client's address */
static void say(const struct children *c, const struct child *child, const char *what,
		int signal)
{
	char text[ENDPOINT_LEN];

	endpoint_format(&child->client, text);
	if (c->state)
		log_quota_begin(c->state, child->client.addr, !child->client.port);
	if (signal)
		log_msg(LOG_ERR, "%s: %s was ended by signal %d", text, what, signal);
	else
		log_msg(LOG_ERR, "%s: %s did not end and was killed", text, what);
	if (c->state)
		log_quota_end();
}

/** kill_session() - end a session that stays behind its broker */
static void kill_session(struct child *child)
{
	kill(child->session, SIGKILL);
	child->killed = true;
	child->deadline = INT64_MAX;
}

/** note_broker() - a broker has ended: so must its session, at once if it misbehaved */
static void note_broker(struct child *child, int status)
{
	int64_t deadline = clock_ms() + (int64_t)END_SECONDS * 1000;

	child->pid = 0;
	if (!child->session)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		kill_session(child);
	else if (deadline < child->deadline)
		child->deadline = deadline;
}

/** note_end() - a process of ours has ended */
static void note_end(struct children *c, struct child *child, pid_t pid, int status)
{
	bool is_broker = pid == child->pid;

	if (child->forked && WIFSIGNALED(status) && !child->killed)
		say(c, child, is_broker ? "broker" : "session", WTERMSIG(status));
	if (is_broker)
		note_broker(child, status);
	else
		child->session = 0;
	c->count -= is_free(child);
}

/** owner() - the handler that a process belongs to; NULL: none */
static struct child *owner(const struct children *c, pid_t pid)
{
	size_t i;

	for (i = 0; i < c->max; i++) {
		if (c->list[i].pid == pid || c->list[i].session == pid)
			return &c->list[i];
	}
	return NULL;
}

/** collect() - collect the end of a process if it has ended */
static void collect(struct children *c, pid_t pid)
{
	struct child *child;
	int status = 0;

	if (pid <= 0 || pid == c->keep || waitpid(pid, &status, WNOHANG) != pid)
		return;
	child = owner(c, pid);
	if (child)
		note_end(c, child, pid, status);
	if (c->on_end)
		c->on_end(c->on_end_of, pid, status);
}

/**
 * children_reap() - collect all processes that have ended, and free the places of handlers
 *
 * Children that are nobody's handler are collected too, but for @c->keep: they were forked for
 * a client and not used, or forked others.
 */
void children_reap(struct children *c)
{
	siginfo_t next;
	size_t i;

	for (;;) {
		next.si_pid = 0;
		if (waitid(P_ALL, 0, &next, WEXITED | WNOHANG | WNOWAIT) || !next.si_pid)
			return;
		if (next.si_pid == c->keep)
			break;
		collect(c, next.si_pid);
	}
	for (i = 0; i < c->max; i++) { /* the one to keep hides the others */
		collect(c, c->list[i].pid);
		collect(c, c->list[i].session);
	}
}

/** children_collect() - the same, if any has ended since the last time, after children_listen() */
void children_collect(struct children *c)
{
	if (!some_ended)
		return;
	some_ended = 0; /* first: a handler that ends meanwhile sets it again */
	children_reap(c);
}

/** end_late() - kill what is left of a handler that is past its deadline */
static void end_late(const struct children *c, struct child *child)
{
	if (!child->pid) {
		kill_session(child);
		say(c, child, "session", 0);
		return;
	}
	log_msg(LOG_ERR, "handler %d is past its deadline: killed", (int)child->pid);
	kill(child->pid, SIGKILL);
	if (child->session)
		kill_session(child);
	child->killed = true;
	child->deadline = INT64_MAX;
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

		if (is_free(child))
			continue;
		if (now >= child->deadline)
			end_late(c, child);
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

/** children_signal() - send a signal to all handlers: a broker ends its session */
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
