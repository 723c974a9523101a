/* SPDX-License-Identifier: MIT */
/*
 * test_sandbox.c - each stage from inside: forbidden calls fail, needed ones work
 */
#include <errno.h>
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
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <cmocka.h>

#include "lib/sanitized.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

/* A build with sanitizers tells what was found, so nothing is ended on the spot */
#define FILTERED (TSP_SANITIZED ? REFUSED : KILLED)

static struct config config;
static char state_dir[64];

static int enter_broker(void)
{
	return sandbox_become_user("nobody", true) || sandbox_broker(&config);
}

static int try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}

static int try_fork(void)
{
	return fork() < 0;
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

static int try_ptrace(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), 0, 0) < 0;
}

static int try_map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED;
}

static int try_mount(void)
{
	return mount("none", "/mnt", "tmpfs", 0, NULL);
}

static int try_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

/* The child of a clone() that should fail ends at once */
static int try_clone(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid < 0;
}

/* Nothing that clone3() could be told makes it work, so no flag has to be chosen */
static int try_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS;
}

static int try_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno == EPERM;
}

static int try_memory(void)
{
	void *p = malloc(1 << 20);

	if (!p)
		return false;
	memset(p, 1, 1 << 20);
	free(p);
	return 0;
}

static int try_pair(void)
{
	char c;

	return write(STDOUT_FILENO, "", 0) < 0 || read(STDIN_FILENO, &c, 0) < 0;
}

static int try_poll(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&p, 1, 0) < 0;
}

static int try_kept_fd(void)
{
	return write(kept_fd, "", 1) != 1;
}

static int try_other_fd(void)
{
	return write(other_fd, "", 1) != 1;
}

static int write_below(const char *dir)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/sandbox-test.%d", dir, (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return -1;
	unlink(path);
	return close(fd);
}

static int try_state(void)
{
	return write_below(state_dir);
}

static int try_elsewhere(void)
{
	return write_below("/var/tmp");
}

static int try_template(void)
{
	return system("/bin/true >/dev/null") != 0;
}

static void the_session_may_do_its_work(void **state)
{
	(void)state;
	expect(enter_session, try_memory, ALLOWED);
	expect(enter_session, try_pair, ALLOWED);
	expect(enter_session, try_poll, ALLOWED);
	expect(enter_session, try_kept_fd, ALLOWED);
	expect(enter_session, try_other_fd, REFUSED);
}

static void the_session_may_do_nothing_else(void **state)
{
	static int (*const tries[])(void) = {try_open,     try_socket, try_fork,
					     try_exec,     try_kill,   try_ptrace,
					     try_map_code, try_mount,  try_namespace};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		expect(enter_session, tries[i], FILTERED);
}

#if TSP_SANITIZED
/* Tests see the errors of a confined session */
static void what_a_sanitizer_finds_is_said(void **state)
{
	char report[4096] = "";
	int status, pair[2];
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		dup2(pair[1], STDERR_FILENO);
		if (!enter_session()) {
			volatile char *volatile too_short = malloc(8);

			too_short[8] = 'x';
		}
		_exit(0);
	}
	close(pair[1]);
	assert_true(recv(pair[0], report, sizeof(report) - 1, MSG_WAITALL) > 0);
	close(pair[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
	assert_non_null(strstr(report, "heap-buffer-overflow"));
}
#endif

static int enter_landlock(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || landlock_nothing();
}

static void landlock_alone_leaves_no_file(void **state)
{
	(void)state;
	if (no_landlock())
		skip_because(NO_LANDLOCK);
	expect(enter_landlock, try_open, REFUSED);
	expect(enter_landlock, try_exec, REFUSED);
	expect(enter_landlock, try_state, REFUSED);
}

static void the_broker_writes_where_it_should(void **state)
{
	(void)state;
	expect(enter_broker, try_state, ALLOWED);
	expect(enter_broker, try_open, ALLOWED);
	expect(enter_broker, try_template, ALLOWED);
	if (no_landlock())
		skip_because(NO_LANDLOCK);
	expect(enter_broker, try_elsewhere, REFUSED);
}

static void the_broker_reaches_no_other_world(void **state)
{
	(void)state;
	expect(enter_broker, try_mount, REFUSED);
	expect(enter_broker, try_namespace, REFUSED);
	expect(enter_broker, try_clone, REFUSED);
	expect(enter_broker, try_clone3, REFUSED);
	expect(enter_broker, try_io_uring, REFUSED);
	expect(enter_broker, try_ptrace, REFUSED);
}

static int become_nobody(void)
{
	return sandbox_become_user("nobody", true);
}

static int try_root(void)
{
	return setuid(0);
}

static int try_chown(void)
{
	return chown(state_dir, 1, 1);
}

static int try_only_net_admin(void)
{
	char line[256];
	bool seen = false;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "CapEff:", 7))
			seen = strstr(line, "0000000000001000") != NULL;
	}
	return f && seen ? fclose(f) : -1;
}

static int become_nobody_without(void)
{
	return sandbox_become_user("nobody", false);
}

static int try_no_capability(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2];

	return syscall(SYS_capget, &head, sets) || sets[0].effective ||
	       sets[0].permitted || sets[0].inheritable || sets[1].permitted ||
	       prctl(PR_CAPBSET_READ, CAP_NET_ADMIN, 0, 0, 0) ||
	       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_ADMIN, 0, 0);
}

static void a_template_that_needs_nothing_gets_nothing(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip_because("needs root");
	expect(become_nobody_without, try_no_capability, ALLOWED);
	expect(become_nobody, try_no_capability, REFUSED);
}

static void root_is_left_behind(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip_because("needs root");
	expect(become_nobody, try_root, REFUSED);
	expect(become_nobody, try_chown, REFUSED);
	expect(become_nobody, try_only_net_admin, ALLOWED);
}

static int become_missing(void)
{
	return sandbox_become_user("no-such-user", true);
}

static void an_unknown_user_is_a_failure(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip_because("needs root");
	expect(become_missing, try_root, NO_STAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_session_may_do_its_work),
		cmocka_unit_test(the_session_may_do_nothing_else),
#if TSP_SANITIZED
		cmocka_unit_test(what_a_sanitizer_finds_is_said),
#endif
		cmocka_unit_test(landlock_alone_leaves_no_file),
		cmocka_unit_test(the_broker_writes_where_it_should),
		cmocka_unit_test(the_broker_reaches_no_other_world),
		cmocka_unit_test(root_is_left_behind),
		cmocka_unit_test(a_template_that_needs_nothing_gets_nothing),
		cmocka_unit_test(an_unknown_user_is_a_failure),
	};
	int failed;

	strcpy(state_dir, "/run/test_sandbox.XXXXXX");
	if (!mkdtemp(state_dir)) {
		strcpy(state_dir, "/tmp/test_sandbox.XXXXXX");
		if (!mkdtemp(state_dir))
			return 1;
	}
	if (sandbox_fixture())
		return 1;
	strcpy(config.state, state_dir);
	if (geteuid() == 0 && chmod(state_dir, 01777))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(state_dir);
	return failed;
}
