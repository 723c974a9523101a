/* SPDX-License-Identifier: MIT */
/*
 * syscalls.c - which system calls a process may make; the only file that knows libseccomp
 *
 * The session gets a list of what it needs; anything else ends it on the spot. The
 * broker runs shells and network tools, whose needs the operator decides: it and the
 * template lose what no tunnel ever needs.
 *
 * Sanitizers and valgrind make system calls of their own, at any time. A build for them
 * says TSP_WITHOUT_SECCOMP and runs without filters, never one that is installed.
 */
#include "broker/syscalls.h"

#include <errno.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TSP_WITHOUT_SECCOMP 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define TSP_WITHOUT_SECCOMP 1
#endif

#ifdef TSP_WITHOUT_SECCOMP

int syscalls_session(void)
{
	return 0;
}

int syscalls_broker(void)
{
	return 0;
}

#else

/* The connection, the packet pair, deadlines, malloc(), the end */
static const int session_calls[] = {
	SCMP_SYS(read),      SCMP_SYS(write),         SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),    SCMP_SYS(recvmsg),       SCMP_SYS(sendmsg),
	SCMP_SYS(poll),      SCMP_SYS(ppoll),         SCMP_SYS(close),
	SCMP_SYS(shutdown),  SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(brk),           SCMP_SYS(munmap),
	SCMP_SYS(mremap),    SCMP_SYS(madvise),       SCMP_SYS(getrandom),
	SCMP_SYS(futex),     SCMP_SYS(rt_sigreturn),  SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),      SCMP_SYS(exit_group),
};

/* What neither an allocation file nor a tunnel needs, and an intruder would like */
static const int broker_denied[] = {
	SCMP_SYS(acct),
	SCMP_SYS(add_key),
	SCMP_SYS(adjtimex),
	SCMP_SYS(bpf),
	SCMP_SYS(chroot),
	SCMP_SYS(clock_adjtime),
	SCMP_SYS(clock_settime),
	SCMP_SYS(delete_module),
	SCMP_SYS(fanotify_init),
	SCMP_SYS(finit_module),
	SCMP_SYS(init_module),
	SCMP_SYS(ioperm),
	SCMP_SYS(iopl),
	SCMP_SYS(kcmp),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(kexec_load),
	SCMP_SYS(keyctl),
	SCMP_SYS(lookup_dcookie),
	SCMP_SYS(mount),
	SCMP_SYS(mount_setattr),
	SCMP_SYS(move_mount),
	SCMP_SYS(name_to_handle_at),
	SCMP_SYS(nfsservctl),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(open_tree),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(personality),
	SCMP_SYS(pivot_root),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(ptrace),
	SCMP_SYS(quotactl),
	SCMP_SYS(reboot),
	SCMP_SYS(request_key),
	SCMP_SYS(setdomainname),
	SCMP_SYS(sethostname),
	SCMP_SYS(setns),
	SCMP_SYS(settimeofday),
	SCMP_SYS(swapoff),
	SCMP_SYS(swapon),
	SCMP_SYS(syslog),
	SCMP_SYS(umount2),
	SCMP_SYS(unshare),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(vhangup),
};

/** load() - put the filter into force; frees it; 0 or -1 with errno */
static int load(scmp_filter_ctx filter, int error)
{
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	if (!error)
		return 0;
	errno = -error;
	return -1;
}

/**
 * syscalls_session() - the session's list; any other call ends the process (SIGSYS)
 *
 * Return: 0, or -1 with errno
 */
int syscalls_session(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int error = 0;
	size_t i;

	if (!filter) {
		errno = ENOMEM;
		return -1;
	}
	for (i = 0; !error && i < sizeof(session_calls) / sizeof(session_calls[0]); i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, session_calls[i], 0);
	/* malloc() maps memory; nothing maps code */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
					 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* has the client acknowledged all we sent? */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
					 SCMP_A1(SCMP_CMP_EQ, SIOCOUTQ));
	/* is it a TCP connection? */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(getsockopt), 1,
					 SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET));
	return load(filter, error);
}

/**
 * syscalls_broker() - refuse with EPERM what the broker and templates never need
 *
 * Return: 0, or -1 with errno
 */
int syscalls_broker(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int error = 0;
	size_t i;

	if (!filter) {
		errno = ENOMEM;
		return -1;
	}
	for (i = 0; !error && i < sizeof(broker_denied) / sizeof(broker_denied[0]); i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), broker_denied[i],
					 0);
	return load(filter, error);
}

#endif
