/* SPDX-License-Identifier: MIT */
/*
 * test_sandbox_fork.c - stages of processes that fork, and of their children, from inside
 */
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <cmocka.h>

#include "lib/sanitized.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

/* A build with sanitizers tells what was found, so nothing is ended on the spot */
#define FILTERED (TSP_SANITIZED ? REFUSED : KILLED)

static struct config config;
static char state_dir[] = "/tmp/test_sandbox_fork.XXXXXX";

static int enter_child(void)
{
	return dup2(kept_fd, STDIN_FILENO) < 0 || sandbox_session_server() ||
	       sandbox_session_child(60);
}

static int try_memory(void)
{
	char *p = malloc(1 << 20);

	if (!p)
		return -1;
	memset(p, 1, 1 << 20);
	free(p);
	return 0;
}

static int try_poll(void)
{
	struct pollfd p[2] = {{.fd = STDIN_FILENO}, {.fd = kept_fd}};

	return poll(p, 2, 0) < 0;
}

static int try_kept_fd(void)
{
	return write(kept_fd, "", 1) != 1;
}

static int try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}

static int try_fork(void)
{
	return fork() < 0;
}

/** try_own_fork() - as the server does it */
static int try_own_fork(void)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid < 0;
}

static int try_exec(void)
{
	char *argv[] = {"true", NULL};

	return execve("/bin/true", argv, argv + 1);
}

static int try_kill(void)
{
	return kill(getppid(), 0);
}

static int try_map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED;
}

static int try_limit(void)
{
	const struct rlimit more = {2, 2};

	return setrlimit(RLIMIT_NPROC, &more);
}

static int try_dup(void)
{
	return dup(STDIN_FILENO) < 0;
}

static void a_forked_session_does_its_work(void **state)
{
	(void)state;
	expect(enter_child, try_memory, ALLOWED);
	expect(enter_child, try_poll, ALLOWED);
	expect(enter_child, try_kept_fd, ALLOWED);
}

static void a_forked_session_does_nothing_else(void **state)
{
	static int (*const tries[])(void) = {try_open,     try_socket, try_fork,
					     try_own_fork, try_exec,   try_kill,
					     try_map_code, try_limit,  try_dup};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		expect(enter_session, tries[i], FILTERED);
		expect(enter_child, tries[i], FILTERED);
	}
}

static void the_process_that_forks_only_forks(void **state)
{
	static int (*const tries[])(void) = {try_open, try_socket, try_fork, try_exec,
					     try_map_code};
	size_t i;

	(void)state;
	expect(sandbox_session_server, try_own_fork, ALLOWED);
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		expect(sandbox_session_server, tries[i], FILTERED);
}

/* The kernel ends a session that nobody ends */
static void a_forked_session_ends_at_its_deadline(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (sandbox_session_server() || sandbox_session_child(1))
			_exit(1);
		for (;;)
			poll(NULL, 0, -1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGALRM);
}

/** become_started() - the user, as if that user had executed the process */
static int become_started(void)
{
	return sandbox_become_user("nobody", true) || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int enter_broker(void)
{
	return become_started() || sandbox_broker(&config);
}

static int enter_broker_server(void)
{
	return become_started() || sandbox_broker_server(&config);
}

static int try_dumped_memory(void)
{
	return open("/proc/self/mem", O_RDONLY) < 0;
}

static int try_template(void)
{
	return system("/bin/true >/dev/null") != 0;
}

static void a_forked_broker_reads_no_other_broker(void **state)
{
	(void)state;
	if (TSP_SANITIZED)
		skip_because("a build with sanitizers stays dumpable");
	expect(enter_broker, try_dumped_memory, ALLOWED);
	expect(enter_broker_server, try_dumped_memory, REFUSED);
	expect(enter_broker_server, try_template, ALLOWED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forked_session_does_its_work),
		cmocka_unit_test(a_forked_session_does_nothing_else),
		cmocka_unit_test(the_process_that_forks_only_forks),
		cmocka_unit_test(a_forked_session_ends_at_its_deadline),
		cmocka_unit_test(a_forked_broker_reads_no_other_broker),
	};
	int failed;

	if (sandbox_fixture() || !mkdtemp(state_dir))
		return 1;
	strcpy(config.state, state_dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(state_dir);
	return failed;
}
