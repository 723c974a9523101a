/* SPDX-License-Identifier: MIT */
/*
 * test_syscalls.c - the filters' verdict on every system call there is
 *
 * Each filter has its whole list here. A call that is on neither list, or whose number is
 * higher than all numbers that were looked at, must be refused.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <termios.h>
#include <cmocka.h>

#include "lib/sanitized.h"
#include "sandbox/syscalls_bpf.h"
#include "tests/unit/sandbox/filter_judge.h"
#include "tests/unit/skip.h"

#define NUMBERS 1024 /* the highest system call has a number far below */
#define UPPER   (UINT64_C(1) << 32)

/* A build with sanitizers reports what they found, so no call kills the process */
#define KILLED (TSP_SANITIZED ? REFUSED_WITH(EPERM) : SECCOMP_RET_KILL_PROCESS)

static const char session_list[] =
	"brk clock_gettime clock_nanosleep close exit exit_group futex getrandom madvise "
	"mremap munmap nanosleep poll ppoll read recvfrom recvmsg restart_syscall "
	"rt_sigreturn sendmsg sendto shutdown write ";

static const char datagrams_list[] =
	"brk clock_gettime close exit_group futex getpid getrandom lseek madvise mremap "
	"munmap "
	"newfstatat poll ppoll recvfrom recvmsg restart_syscall rt_sigreturn sendmsg "
	"sendto "
	"write ";

static const char mover_list[] = "brk clock_gettime close exit exit_group futex "
				 "getrandom madvise mremap munmap poll "
				 "ppoll read readv recvfrom recvmmsg recvmsg "
				 "restart_syscall rt_sigreturn sendmmsg "
				 "sendmsg sendto write writev ";

/* Of x86_64; other machines have fewer, and none that is not here */
static const char broker_list[] =
	"accept accept4 access afs_syscall alarm arch_prctl bind brk cachestat capget "
	"capset chdir chmod chown clock_getres clock_gettime clock_nanosleep close "
	"close_range connect copy_file_range creat dup dup2 dup3 epoll_create "
	"epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait "
	"epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat "
	"faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat "
	"fcntl fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat "
	"fstatfs fsync ftruncate futex futex_waitv futimesat get_mempolicy "
	"get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid "
	"geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getpmsg "
	"getppid getpriority getrandom getresgid getresuid getrlimit getrusage getsid "
	"getsockname getsockopt gettid gettimeofday getuid getxattr inotify_add_watch "
	"inotify_init inotify_init1 inotify_rm_watch ioctl ioprio_get ioprio_set kill "
	"landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown "
	"lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr "
	"lstat madvise membarrier memfd_create mincore mkdir mkdirat mknod mknodat mlock "
	"mlock2 mlockall mmap mprotect mq_getsetattr mq_notify mq_open mq_timedreceive "
	"mq_timedsend mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock "
	"munlockall munmap nanosleep newfstatat open openat openat2 pause pidfd_open "
	"pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll "
	"prctl pread64 preadv preadv2 prlimit64 pselect6 putpmsg pwrite64 pwritev "
	"pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg "
	"removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction "
	"rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
	"rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min "
	"sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
	"sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam "
	"sched_setscheduler sched_yield seccomp security select semctl semget semop "
	"semtimedop sendfile sendmmsg sendmsg sendto set_robust_list set_thread_area "
	"set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid "
	"setpriority setregid setresgid setresuid setreuid setrlimit setsid setsockopt "
	"setuid setxattr shmat shmctl shmdt shmget shutdown sigaltstack signalfd "
	"signalfd4 socketpair splice stat statfs statx symlink symlinkat sync "
	"sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete "
	"timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime "
	"timerfd_settime times tkill truncate tuxcall umask uname unlink unlinkat utime "
	"utimensat utimes vfork vserver wait4 waitid write writev ";

/** verdict() - on a call whose first or second argument counts; the others are 0 */
static uint32_t verdict(const struct sock_filter *filter, int number, uint64_t first,
			uint64_t second)
{
	const struct seccomp_data call = {
		.nr = number, .arch = seccomp_arch_native(), .args = {first, second}};

	return judge(filter, &call);
}

static int number_of(const char *name)
{
	return seccomp_syscall_resolve_name(name);
}

/** is_listed() - @list has the call's name as a word */
static bool is_listed(const char *list, int number)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
	char word[64];
	const char *at;

	snprintf(word, sizeof(word), "%s ", name ? name : "?");
	free(name);
	at = strstr(list, word);
	while (at && at > list && at[-1] != ' ')
		at = strstr(at + 1, word);
	return at;
}

/**
 * expect_list() - a filter allows what is on @list, and refuses all other calls with @otherwise; 0: any
 *
 * All arguments have all bits: calls that are allowed for some values only are refused.
 */
static void expect_list(const struct sock_filter *filter, const char *list,
			uint32_t otherwise)
{
	struct seccomp_data call = {.arch = seccomp_arch_native()};
	uint32_t got;

	memset(call.args, 0xff, sizeof(call.args));
	for (call.nr = 0; call.nr < NUMBERS; call.nr++) {
		got = judge(filter, &call);
		/* reserved; what the kernel's own probes jump through has two of them */
		if (otherwise == 0 && call.nr >= 335 && call.nr <= 423)
			continue;
		if (is_listed(list, call.nr) != (got == SECCOMP_RET_ALLOW))
			fail_msg("system call %d: verdict 0x%x", call.nr, got);
		if (otherwise && got != SECCOMP_RET_ALLOW)
			assert_int_equal(got, otherwise);
	}
}

/** expect_only() - of an int argument the broker's filter allows the values of a set */
static void expect_only(const char *name, uint64_t set)
{
	int number = number_of(name);
	uint64_t value;

	for (value = 0; value < 64; value++) {
		assert_int_equal(verdict(broker_filter, number, value, 0),
				 set >> value & 1 ? SECCOMP_RET_ALLOW
						  : REFUSED_WITH(EPERM));
		assert_int_equal(verdict(broker_filter, number, value | UPPER, 0),
				 REFUSED_WITH(EPERM));
	}
	assert_int_equal(verdict(broker_filter, number, UINT64_MAX, 0),
			 REFUSED_WITH(EPERM));
}

static void a_session_makes_the_calls_of_its_list(void **state)
{
	(void)state;
	if (TSP_SANITIZED)
		skip_because("a build with sanitizers allows one call more");
	expect_list(session_filter, session_list, KILLED);
}

/* A forked session has both filters: what either refuses is refused */
static void a_forked_session_makes_no_other_calls(void **state)
{
	struct seccomp_data call = {.arch = seccomp_arch_native()};
	int i;

	(void)state;
	if (TSP_SANITIZED)
		skip_because("a build with sanitizers allows one call more");
	for (i = 0; i < 2; i++) {
		/* some calls are allowed if no argument has a bit, others if all have */
		memset(call.args, i ? 0xff : 0, sizeof(call.args));
		for (call.nr = 0; call.nr < NUMBERS; call.nr++) {
			bool allowed =
				judge(session_server_filter, &call) ==
					SECCOMP_RET_ALLOW &&
				judge(session_child_filter, &call) == SECCOMP_RET_ALLOW;

			if (allowed !=
			    (judge(session_filter, &call) == SECCOMP_RET_ALLOW))
				fail_msg("system call %d", call.nr);
		}
	}
}

static void the_process_that_forks_sessions_makes_some_calls_more(void **state)
{
	const uint64_t fork_flags = CLONE_PARENT | SIGCHLD;
	static const struct {
		const char *name;
		uint64_t good, bad;
	} calls[] = {
		{"prctl", PR_SET_NAME, PR_SET_DUMPABLE},
		{"prlimit64", 0, 1},
		{"setitimer", ITIMER_REAL, ITIMER_PROF},
		{"seccomp", SECCOMP_SET_MODE_FILTER, SECCOMP_GET_ACTION_AVAIL},
	};
	int clone_call = number_of("clone");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int number = number_of(calls[i].name);

		assert_int_equal(verdict(session_server_filter, number, calls[i].good, 0),
				 SECCOMP_RET_ALLOW);
		assert_int_equal(verdict(session_server_filter, number, calls[i].bad, 0),
				 KILLED);
		assert_int_equal(verdict(session_child_filter, number, calls[i].good, 0),
				 KILLED);
	}
	assert_int_equal(
		verdict(session_server_filter, clone_call, fork_flags, fork_flags),
		SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(session_server_filter, clone_call,
				 fork_flags | CLONE_NEWUSER, fork_flags | CLONE_NEWUSER),
			 KILLED);
	assert_int_equal(verdict(session_server_filter, clone_call, CLONE_VM | fork_flags,
				 CLONE_VM | fork_flags),
			 KILLED);
	assert_int_equal(
		verdict(session_child_filter, clone_call, fork_flags, fork_flags),
		KILLED);
	assert_int_equal(verdict(session_server_filter, number_of("clone3"), 0, 0),
			 KILLED);
}

static void the_reader_of_datagrams_makes_the_calls_of_its_list(void **state)
{
	(void)state;
	if (TSP_SANITIZED)
		skip_because("a build with sanitizers allows one call more");
	expect_list(datagrams_filter, datagrams_list, KILLED);
}

static void the_mover_makes_the_calls_of_its_list(void **state)
{
	(void)state;
	if (TSP_SANITIZED)
		skip_because("a build with sanitizers allows one call more");
	expect_list(mover_filter, mover_list, KILLED);
}

static void the_broker_makes_the_calls_of_its_list(void **state)
{
	(void)state;
	if (TSP_SANITIZED || seccomp_arch_native() != SCMP_ARCH_X86_64)
		skip_because("the list is that of x86_64 without sanitizers");
	expect_list(broker_filter, broker_list, 0);
}

static void calls_that_nobody_has_judged_do_not_exist(void **state)
{
	int number;

	(void)state;
	for (number = 453; number < NUMBERS; number++)
		assert_int_equal(verdict(broker_filter, number, 0, 0),
				 REFUSED_WITH(ENOSYS));
}

static void the_broker_clones_no_namespace(void **state)
{
	static const uint64_t namespaces[] = {CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
					      CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
					      CLONE_NEWNET};
	const uint64_t plain = CLONE_VM | CLONE_VFORK | CLONE_CHILD_SETTID | SIGCHLD;
	int number = number_of("clone");
	size_t i;

	(void)state;
	assert_int_equal(verdict(broker_filter, number, plain, plain), SECCOMP_RET_ALLOW);
	for (i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		uint64_t flags = namespaces[i] | plain;

		assert_int_equal(verdict(broker_filter, number, flags, flags),
				 REFUSED_WITH(EPERM));
		assert_int_equal(
			verdict(broker_filter, number, flags | UPPER, flags | UPPER),
			REFUSED_WITH(EPERM));
	}
	/* no filter sees the flags of this one; the C library falls back to clone() */
	assert_int_equal(verdict(broker_filter, number_of("clone3"), 0, 0),
			 REFUSED_WITH(ENOSYS));
}

static void the_broker_uses_pinned_maps_and_no_more_of_bpf(void **state)
{
	(void)state;
	expect_only("bpf", UINT64_C(1) << BPF_OBJ_GET |
				   UINT64_C(1) << BPF_MAP_LOOKUP_ELEM |
				   UINT64_C(1) << BPF_MAP_UPDATE_ELEM |
				   UINT64_C(1) << BPF_MAP_DELETE_ELEM |
				   UINT64_C(1) << BPF_MAP_LOOKUP_BATCH |
				   UINT64_C(1) << BPF_MAP_LOOKUP_AND_DELETE_BATCH |
				   UINT64_C(1) << BPF_MAP_UPDATE_BATCH);
}

static void the_broker_makes_sockets_of_four_families(void **state)
{
	(void)state;
	expect_only("socket", UINT64_C(1) << AF_UNIX | UINT64_C(1) << AF_INET |
				      UINT64_C(1) << AF_INET6 |
				      UINT64_C(1) << AF_NETLINK);
}

static void the_broker_types_nothing_into_a_terminal(void **state)
{
	int number = number_of("ioctl");

	(void)state;
	assert_int_equal(verdict(broker_filter, number, 0, TIOCGWINSZ),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(broker_filter, number, 0, TIOCSTI), REFUSED_WITH(EPERM));
	assert_int_equal(verdict(broker_filter, number, 0, TIOCSTI | UPPER),
			 REFUSED_WITH(EPERM));
	assert_int_equal(verdict(broker_filter, number, 0, TIOCLINUX),
			 REFUSED_WITH(EPERM));
}

static void a_call_of_another_machine_kills(void **state)
{
	const struct seccomp_data call = {.nr = 1, .arch = seccomp_arch_native() ^ 1};

	(void)state;
	assert_int_equal(judge(broker_filter, &call), SECCOMP_RET_KILL_THREAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_makes_the_calls_of_its_list),
		cmocka_unit_test(a_forked_session_makes_no_other_calls),
		cmocka_unit_test(the_process_that_forks_sessions_makes_some_calls_more),
		cmocka_unit_test(the_reader_of_datagrams_makes_the_calls_of_its_list),
		cmocka_unit_test(the_mover_makes_the_calls_of_its_list),
		cmocka_unit_test(the_broker_makes_the_calls_of_its_list),
		cmocka_unit_test(calls_that_nobody_has_judged_do_not_exist),
		cmocka_unit_test(the_broker_clones_no_namespace),
		cmocka_unit_test(the_broker_uses_pinned_maps_and_no_more_of_bpf),
		cmocka_unit_test(the_broker_makes_sockets_of_four_families),
		cmocka_unit_test(the_broker_types_nothing_into_a_terminal),
		cmocka_unit_test(a_call_of_another_machine_kills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
