/* SPDX-License-Identifier: MIT */
/* test_child_wait.c - a child that ends, and one that does not */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/child_wait.h"

/** child() - a process that exits with 7, or sleeps until it is killed */
static pid_t child(int sleeps)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(sleeps ? 60 : 0); /* should the test fail */
		if (sleeps)
			pause();
		_exit(7);
	}
	return pid;
}

static void a_child_that_ends_is_collected(void **state)
{
	pid_t pid = child(0);
	int status;

	(void)state;
	assert_int_equal(child_wait(pid, 50, &status), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
}

static void a_child_that_sleeps_is_killed(void **state)
{
	pid_t pid = child(1);
	int status;

	(void)state;
	assert_int_equal(child_wait(pid, 0, &status), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
}

static void a_stopped_child_is_killed(void **state)
{
	pid_t pid = child(1);
	int status;

	(void)state;
	kill(pid, SIGSTOP);
	assert_int_equal(child_wait(pid, 0, &status), -1);
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_that_ends_is_collected),
		cmocka_unit_test(a_child_that_sleeps_is_killed),
		cmocka_unit_test(a_stopped_child_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
