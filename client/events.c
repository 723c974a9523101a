/* SPDX-License-Identifier: MIT */
/*
 * events.c - all waits of the main process
 *
 * The main process does one thing after the other and waits only here: so a signal ends
 * each wait, the watchdog of systemd is fed during each, and there is one set of signals
 * and one watch on the network.
 */
#include "client/events.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "client/network.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "tsp/io.h"

#define SLEPT_MS 2000 /* that clock and running time differ by, at least, after a sleep */

static struct {
	int signals;
	int netlink;
	bool stopping;
	int64_t watchdog; /* milliseconds between two notifications; 0: no watchdog */
	int64_t fed;
	int64_t suspended; /* boot time (runs during sleep) minus monotonic time (does not) */
} events = {.signals = -1, .netlink = -1};

/** suspended() - milliseconds that the machine has slept since it was booted */
static int64_t suspended(void)
{
	struct timespec boot, awake;

	clock_gettime(CLOCK_MONOTONIC, &awake);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (boot.tv_sec - awake.tv_sec) * 1000LL +
	       (boot.tv_nsec - awake.tv_nsec) / 1000000;
}

/** events_open() - from now on signals are taken here and by nobody else */
void events_open(void)
{
	sigset_t set;
	uint64_t usec = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	events.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sd_watchdog_enabled(0, &usec) > 0)
		events.watchdog = (int64_t)usec / 2000;
	events.suspended = suspended();
}

/** events_watch() - take changes of the network from this socket; -1: none */
void events_watch(int netlink)
{
	events.netlink = netlink;
}

/** events_stopping() - a signal has asked to end */
bool events_stopping(void)
{
	return events.stopping;
}

/** events_forget() - in a new process: close and reset what is the main process's */
void events_forget(void)
{
	if (events.signals >= 0)
		close(events.signals);
	if (events.netlink >= 0)
		close(events.netlink);
	events.signals = events.netlink = -1;
}

/** feed() - notify the watchdog when it is due */
static void feed(int64_t now)
{
	if (!events.watchdog || now - events.fed < events.watchdog)
		return;
	events.fed = now;
	sd_notify(0, "WATCHDOG=1");
}

/** take_signals() - remember a signal that asks to end */
static void take_signals(void)
{
	struct signalfd_siginfo info;

	while (read(events.signals, &info, sizeof(info)) == sizeof(info))
		events.stopping = true;
}

/** pause_of() - time-out of poll(): until @until, or the next notification of the watchdog */
static int pause_of(int64_t now, int64_t until)
{
	int64_t left = until - now;

	if (events.watchdog && left > events.watchdog - (now - events.fed))
		left = events.watchdog - (now - events.fed);
	if (left > 60000)
		left = 60000;
	return left < 0 ? 0 : (int)left;
}

/** slept() - machine or process was suspended since the last call */
static bool slept(int64_t before, int64_t paused)
{
	int64_t sleep = suspended(), change = sleep - events.suspended;

	events.suspended = sleep;
	return change > SLEPT_MS || clock_ms() - before > paused + SLEPT_MS;
}

/**
 * events_wait() - wait
 * @fds:	What for, as for poll(); the caller's part of the result
 * @count:	How many, at most EVENTS_FDS
 * @until:	How long, as clock_ms() counts
 * @changes:	Changes of the network end the wait
 */
enum events_result events_wait(struct pollfd *fds, unsigned count, int64_t until,
			       bool changes)
{
	struct pollfd all[EVENTS_FDS + 2];

	for (;;) {
		int64_t now = clock_ms();
		int pause = pause_of(now, until), n;

		feed(now);
		if (events.stopping)
			return EVENTS_STOP;
		memcpy(all, fds, count * sizeof(*fds));
		all[count] = (struct pollfd){.fd = events.signals, .events = POLLIN};
		all[count + 1] = (struct pollfd){.fd = changes ? events.netlink : -1,
						 .events = POLLIN};
		n = poll(all, count + 2, pause);
		if (n > 0)
			memcpy(fds, all, count * sizeof(*fds));
		if (n > 0 && all[count].revents) {
			take_signals();
			continue;
		}
		if (changes && slept(now, pause))
			return EVENTS_CHANGE;
		if (n > 0 && all[count + 1].revents) {
			if (network_changed(events.netlink))
				return EVENTS_CHANGE;
			continue;
		}
		if (n > 0)
			return EVENTS_READY;
		if (n < 0 && errno != EINTR)
			log_msg(LOG_ERR, "poll: %m");
		if (clock_ms() >= until)
			return EVENTS_TIME;
	}
}

/** events_wait_fd() - the same for one descriptor, to read from */
enum events_result events_wait_fd(int fd, int64_t until)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};

	return events_wait(&one, 1, until, false);
}
