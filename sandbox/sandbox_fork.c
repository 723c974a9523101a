/* SPDX-License-Identifier: MIT */
/*
 * sandbox_fork.c - stages of the two processes that fork sessions and brokers, and of their children
 *
 * Capabilities, Landlock, limits and filters are set once, and inherited by each child:
 *
 * - sandbox_session_server(), in the process that forks sessions. Should: receive a
 *   descriptor, fork, do what a session does. Must not: what a session must not, but for
 *   those two.
 * - sandbox_session_child(), in each of its children, before it reads a byte of the client.
 *   Must not: fork, receive a descriptor, or live longer than it may. What is left is what
 *   sandbox_session() leaves.
 * - sandbox_broker_server(), in the process that forks brokers; nothing is to be taken away
 *   from its children, since a template needs to fork. Must not: what a broker must not,
 *   nor read the memory of another one, which Landlock allows among children of one process.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "lib/sanitized.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"
#include "sandbox/sandbox_steps.h"
#include "sandbox/syscalls.h"

/**
 * sandbox_session_server() - for the process that forks sessions
 *
 * Return: 0; -1 with errno, already logged as far as possible
 */
int sandbox_session_server(void)
{
	if (sandbox_give_up() || sandbox_landlock(landlock_nothing(), false))
		return -1;
	if (sandbox_limit(RLIMIT_CORE, 0) ||
	    (!TSP_SANITIZED && sandbox_limit(RLIMIT_FSIZE, 0)))
		return sandbox_fail("resource limits");
	return syscalls_session_server() ? sandbox_fail("seccomp") : 0;
}

/**
 * sandbox_session_child() - for a session that was forked; descriptors 0 and 1 are in use
 * @seconds:	After these the kernel ends the process, whoever controls it
 *
 * Return: 0; -1 with errno
 */
int sandbox_session_child(unsigned seconds)
{
	const struct itimerval end = {.it_value.tv_sec = (time_t)seconds};

	if (setitimer(ITIMER_REAL, &end, NULL) || sandbox_limit(RLIMIT_NPROC, 0) ||
	    sandbox_limit(RLIMIT_NOFILE, SANDBOX_POLLED))
		return -1;
	return syscalls_session_child();
}

/**
 * sandbox_broker_server() - for the process that forks brokers
 * @config:	Configuration: state, writable
 *
 * LeakSanitizer traces a process when it ends, and cannot trace one that is not dumpable.
 *
 * Return: 0; -1 with errno, already logged
 */
int sandbox_broker_server(const struct config *config)
{
	if (!TSP_SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return sandbox_fail("dumpable");
	return sandbox_broker(config);
}
