/* SPDX-License-Identifier: MIT */
/*
 * turn.c - how many sessions run the template at the same time
 *
 * Many templates at once on a slow machine all reach their deadline, and no client gets a
 * tunnel. So sessions take turns: STATE/template.lock has a number of places, each of them
 * one byte that a session locks while it runs the template. Half of the places are for old
 * tunnels only, so that a teardown does not wait for new tunnels. The kernel gives a place
 * back when its session dies.
 *
 * If the file cannot be opened, there is no limit, and no session fails.
 */
#include "broker/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"

#define PLACES_PER_CPU 2  /* a template waits for the kernel half of its time */
#define WAIT_MS        20 /* between two looks for a place */

/** places() - how many sessions may build new tunnels at the same time */
static int places(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return PLACES_PER_CPU;
	return PLACES_PER_CPU * CPU_COUNT(&cpus);
}

/** lock_place() - lock one byte; false: another session has it */
static bool lock_place(int fd, int place)
{
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = place, .l_len = 1};

	return !fcntl(fd, F_OFD_SETLK, &lock);
}

/** lock_any() - lock one of the places of a kind; those of TURN_OLD alone come last in the file */
static bool lock_any(int fd, enum turn_kind kind)
{
	int count = places(), i;

	for (i = 0; kind == TURN_OLD && i < count; i++) {
		if (lock_place(fd, count + i))
			return true;
	}
	for (i = 0; i < count; i++) {
		if (lock_place(fd, i))
			return true;
	}
	return false;
}

/** open_places() - the file with the places; -1 with errno */
static int open_places(const struct config *config)
{
	char path[PATH_MAX + sizeof("/template.lock")];

	snprintf(path, sizeof(path), "%s/template.lock", config->state);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/**
 * turn_take() - wait for a turn to run the template
 * @config:	Configuration: state
 * @kind:	What it is run for
 * @seconds:	How long to wait at most
 *
 * Return: the turn, for turn_end(); -1 with EBUSY when no place became free in time, with
 * another errno when there is no limit to keep
 */
int turn_take(const struct config *config, enum turn_kind kind, unsigned seconds)
{
	const struct timespec wait = {.tv_nsec = WAIT_MS * 1000000L};
	unsigned long looks = seconds * 1000UL / WAIT_MS;
	int fd = open_places(config);

	if (fd < 0) {
		log_msg(LOG_NOTICE, "%s/template.lock: %m", config->state);
		return -1;
	}
	while (!lock_any(fd, kind)) {
		/* a file system without locks is no reason to wait */
		int error = errno == EAGAIN || errno == EACCES ? EBUSY : errno;

		if (error != EBUSY || !looks--) {
			close(fd);
			errno = error;
			return -1;
		}
		nanosleep(&wait, NULL);
	}
	return fd;
}

/**
 * turn_end() - let another session run the template
 * @turn:	From turn_take(); -1: there was none
 */
void turn_end(int turn)
{
	if (turn >= 0)
		close(turn);
}

/**
 * turn_run() - template_run() for an old tunnel, in turn
 * @config:	Configuration
 * @operation:	What to do
 * @tunnel:	Old tunnel
 *
 * If no place becomes free in time, it runs the template without one.
 *
 * Return: as template_run()
 */
int turn_run(const struct config *config, enum template_operation operation,
	     const struct tunnel *tunnel)
{
	int turn = turn_take(config, TURN_OLD, config->template_seconds);
	int r = template_run(config, operation, tunnel, NULL), saved = errno;

	turn_end(turn);
	errno = saved;
	return r;
}
