/* SPDX-License-Identifier: MIT */
/* test_turn.c - places for new tunnels, places for old ones, and a place that comes back */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "broker/turn.h"

#define TURNS_MAX 4096

static struct config config;
static int turns[TURNS_MAX];
static size_t count;

/** take_all() - take turns of a kind until none is left; their number */
static size_t take_all(enum turn_kind kind)
{
	size_t before = count;

	while ((turns[count] = turn_take(&config, kind, 0)) >= 0)
		assert_true(++count < TURNS_MAX);
	assert_int_equal(errno, EBUSY);
	return count - before;
}

static int end_all(void **state)
{
	(void)state;
	while (count)
		turn_end(turns[--count]);
	return 0;
}

static size_t cpus(void)
{
	cpu_set_t set;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	return (size_t)CPU_COUNT(&set);
}

static void new_tunnels_have_two_places_for_each_cpu(void **state)
{
	(void)state;
	assert_int_equal(take_all(TURN_NEW), 2 * cpus());
}

static void old_tunnels_do_not_wait_for_new_ones(void **state)
{
	(void)state;
	take_all(TURN_NEW);
	assert_int_equal(take_all(TURN_OLD), 2 * cpus());
}

static void old_tunnels_take_their_own_places_first(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2 * cpus(); i++)
		assert_true((turns[count++] = turn_take(&config, TURN_OLD, 0)) >= 0);
	assert_int_equal(take_all(TURN_NEW), 2 * cpus());
}

static void a_place_comes_back(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	take_all(TURN_NEW);
	turn_end(turns[--count]);
	/* also from a process that dies */
	pid = fork();
	if (pid == 0)
		_exit(turn_take(&config, TURN_NEW, 0) < 0 ? 1 : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(take_all(TURN_NEW), 1);
}

static void without_a_file_there_is_no_limit(void **state)
{
	struct config other = config;

	(void)state;
	strcpy(other.state, "/nonexistent");
	assert_int_equal(turn_take(&other, TURN_NEW, 0), -1);
	assert_int_equal(errno, ENOENT);
	turn_end(-1);
}

static void what_must_be_done_is_done_without_a_turn(void **state)
{
	struct tunnel tunnel = {.mode = TUNNEL_V6V4, .interface = "tsp7"};

	(void)state;
	take_all(TURN_OLD);
	config.template_seconds = 1;
	strcpy(config.template, "/bin/true");
	assert_int_equal(turn_run(&config, TEMPLATE_TEARDOWN, &tunnel), 0);
	strcpy(config.template, "/bin/false");
	assert_int_equal(turn_run(&config, TEMPLATE_TEARDOWN, &tunnel), -1);
	assert_int_equal(errno, EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(new_tunnels_have_two_places_for_each_cpu,
					  end_all),
		cmocka_unit_test_teardown(old_tunnels_do_not_wait_for_new_ones, end_all),
		cmocka_unit_test_teardown(old_tunnels_take_their_own_places_first,
					  end_all),
		cmocka_unit_test_teardown(a_place_comes_back, end_all),
		cmocka_unit_test(without_a_file_there_is_no_limit),
		cmocka_unit_test_teardown(what_must_be_done_is_done_without_a_turn,
					  end_all),
	};
	char file[PATH_MAX + 32];
	int failed;

	strcpy(config.state, "/tmp/test_turn.XXXXXX");
	if (!mkdtemp(config.state))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(file, sizeof(file), "%s/template.lock", config.state);
	unlink(file);
	rmdir(config.state);
	return failed;
}
