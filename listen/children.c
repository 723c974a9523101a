/* SPDX-License-Identifier: MIT */
/*
 * children.c - handlers at work, counted by the client's address
 *
 * When systemd does not start handlers: a total limit and a limit per address, as
 * MaxConnections= and MaxConnectionsPerSource= of tsp.socket.
 */
#include "listen/children.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

/** struct child - a process at work */
struct child {
	pid_t pid; /* 0: a free place */
	struct in_addr source;
};

static volatile sig_atomic_t asked_to_stop, some_ended;

static void on_signal(int signal)
{
	if (signal == SIGCHLD)
		some_ended = 1;
	else
		asked_to_stop = signal;
}

/**
 * children_init() - make an empty table
 * @c:		Result
 * @max:	Limit of handlers at work, at least 1
 * @per_source:	Limit for one IPv4 address
 *
 * Return: 0; -1 with errno, and children_fit() is false
 */
int children_init(struct children *c, size_t max, size_t per_source)
{
	*c = (struct children){.max = max, .per_source = per_source};
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
	c->list[i] = (struct child){pid, source};
	c->count++;
}

/**
 * children_collect() - free the places of handlers that have ended
 * @c:		Children
 * @flags:	WNOHANG: only after SIGCHLD, see children_listen(); 0: wait for all
 */
void children_collect(struct children *c, int flags)
{
	pid_t pid;
	size_t i;

	if (flags == WNOHANG && !some_ended)
		return;
	some_ended = 0; /* first: a handler that ends meanwhile sets it again */
	for (i = 0; i < c->max; i++) {
		if (!c->list[i].pid)
			continue;
		do
			pid = waitpid(c->list[i].pid, NULL, flags);
		while (pid < 0 && errno == EINTR && flags != WNOHANG);
		if (pid == c->list[i].pid || (pid < 0 && errno == ECHILD)) {
			c->list[i].pid = 0;
			c->count--;
		}
	}
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
