/* SPDX-License-Identifier: MIT */
/*
 * test_sandbox_behind.c - what stands behind the session's system call filter
 *
 * Limits and Landlock hold where the filter would let something through: here without a filter,
 * as these functions take the place of those that install filters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "lib/sanitized.h"
#include "sandbox/syscalls.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

int syscalls_session(void)
{
	return 0;
}

int syscalls_broker(void)
{
	return 0;
}

int syscalls_datagrams(void)
{
	return 0;
}

int syscalls_mover(void)
{
	return 0;
}

static int try_status(void)
{
	return prctl(PR_GET_DUMPABLE) != 0;
}

/* RLIMIT_NPROC, not fork(): root is not counted */
static int try_limits(void)
{
	static const struct {
		int resource;
		rlim_t most;
	} limits[] = {{RLIMIT_CORE, 0},
		      {RLIMIT_NPROC, 0},
		      {RLIMIT_NOFILE, 2},
		      /* a sanitizer's report may go to a file */
		      {RLIMIT_FSIZE, TSP_SANITIZED ? RLIM_INFINITY : 0}};
	struct rlimit limit;
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (getrlimit(limits[i].resource, &limit) ||
		    limit.rlim_cur > limits[i].most || limit.rlim_max > limits[i].most)
			return -1;
	}
	return 0;
}

/* A descriptor is free, so only the limit on their number is in the way */
static int try_dup(void)
{
	return dup(STDIN_FILENO) < 0;
}

static void the_session_opens_nothing(void **state)
{
	(void)state;
	if (no_landlock())
		skip_because(NO_LANDLOCK);
	expect(enter_session, try_open, REFUSED);
}

static void the_session_has_limits(void **state)
{
	(void)state;
	expect(enter_session, try_limits, ALLOWED);
	expect(enter_session, try_dup, REFUSED);
}

static void the_session_is_not_traced(void **state)
{
	(void)state;
	expect(enter_session, try_status, ALLOWED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_session_opens_nothing),
		cmocka_unit_test(the_session_has_limits),
		cmocka_unit_test(the_session_is_not_traced),
	};

	return sandbox_fixture() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
