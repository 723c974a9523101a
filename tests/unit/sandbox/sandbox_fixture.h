/* SPDX-License-Identifier: MIT */
/*
 * sandbox_fixture.h - try something in a stage of the sandbox
 *
 * Every attempt runs in a separate process that enters the stage first. It ends with
 * ALLOWED, REFUSED, or by the signal of the system call filter.
 */
#ifndef TESTS_UNIT_SANDBOX_FIXTURE_H
#define TESTS_UNIT_SANDBOX_FIXTURE_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"
#include "tests/unit/skip.h"

#define NO_LANDLOCK "this kernel has no Landlock"

enum { ALLOWED = 0, REFUSED = 1, NO_STAGE = 2, KILLED = 3 };

static int kept_fd, other_fd; /* in the session: the packet pair, and anything else */

/** sandbox_fixture() - both descriptors, one after the other; 0, or -1 */
static int sandbox_fixture(void)
{
	kept_fd = dup(open("/dev/null", O_WRONLY));
	other_fd = kept_fd + 1;
	return dup2(kept_fd, other_fd) < 0 ? -1 : 0;
}

static int enter_session(void)
{
	return sandbox_session(kept_fd);
}

static int try_open(void)
{
	return open("/etc/passwd", O_RDONLY) < 0;
}

/** attempt() - enter a stage in a new process, try something, tell how it ended */
static int attempt(int (*enter)(void), int (*try)(void))
{
	int status, null;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, STDERR_FILENO);
		if (enter())
			_exit(NO_STAGE);
		_exit(try() ? REFUSED : ALLOWED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? KILLED
								 : WEXITSTATUS(status);
}

static void expect(int (*enter)(void), int (*try)(void), int expected)
{
	assert_int_equal(attempt(enter, try), expected);
}

__attribute__((unused)) static bool no_landlock(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || landlock_nothing() ? 1
										   : 0);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status) != 0;
}

#endif
