/* SPDX-License-Identifier: MIT */
/*
 * syscalls_gen.c - which system calls a process may make, compiled when the project is
 *
 * Runs at build time and writes the filters as C arrays to standard output, for
 * syscalls.c to install. Compiling them with libseccomp anew in every session, in both
 * processes, would cost more than the rest of the sandbox together (docs/performance.md).
 *
 * The session gets a list of what it needs; anything else ends it on the spot. The
 * broker runs shells and network tools, whose needs the operator decides: it and the
 * template lose what no tunnel ever needs.
 *
 * In a build with sanitizers a call that is not on the list fails and ends nothing, so that
 * what they have found is told.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "lib/sanitized.h"

#define OTHERWISE (TSP_SANITIZED ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

/* tsp-udp's server: datagrams, packet pairs, deadlines, the log, the end */
static const int datagrams_calls[] = {
	SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),       SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),  SCMP_SYS(poll),          SCMP_SYS(ppoll),
	SCMP_SYS(close),   SCMP_SYS(clock_gettime), SCMP_SYS(write),
	SCMP_SYS(getpid),  SCMP_SYS(newfstatat),    SCMP_SYS(brk),
	SCMP_SYS(munmap),  SCMP_SYS(mremap),        SCMP_SYS(madvise),
	SCMP_SYS(futex),   SCMP_SYS(rt_sigreturn),  SCMP_SYS(restart_syscall),
	SCMP_SYS(lseek),   SCMP_SYS(exit_group),
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

/** allow_sanitizers() - before a process ends they look at its signal stack */
static int allow_sanitizers(scmp_filter_ctx filter)
{
	if (!TSP_SANITIZED)
		return 0;
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sigaltstack), 0);
}

/** build_session() - the session's list; any other call ends the process (SIGSYS) */
static int build_session(scmp_filter_ctx filter)
{
	int error = allow_sanitizers(filter);
	size_t i;

	for (i = 0; !error && i < COUNT(session_calls); i++)
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
	return error;
}

/** build_datagrams() - the same kind of list for the server of tsp-udp */
static int build_datagrams(scmp_filter_ctx filter)
{
	int error = allow_sanitizers(filter);
	size_t i;

	for (i = 0; !error && i < COUNT(datagrams_calls); i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, datagrams_calls[i], 0);
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
					 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* a connection for each handler, and nothing that leads outside */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 1,
					 SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	/* which family does a listening socket have? */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(getsockopt), 1,
					 SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET));
	return error;
}

/** build_broker() - refuse with EPERM what the broker and templates never need */
static int build_broker(scmp_filter_ctx filter)
{
	int error = 0;
	size_t i;

	for (i = 0; !error && i < COUNT(broker_denied); i++) {
		/* LeakSanitizer traces the broker when it ends */
		if (TSP_SANITIZED && broker_denied[i] == SCMP_SYS(ptrace))
			continue;
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), broker_denied[i],
					 0);
	}
	return error;
}

/** print() - a filter as an array of struct sock_filter; 0, or -1 */
static int print(scmp_filter_ctx filter, const char *name)
{
	struct sock_filter line;
	FILE *program = tmpfile();

	if (!program)
		return -1;
	if (seccomp_export_bpf(filter, fileno(program))) {
		fclose(program);
		return -1;
	}
	rewind(program);
	printf("static const struct sock_filter %s[] = {\n", name);
	while (fread(&line, sizeof(line), 1, program) == 1)
		printf("\t{0x%04x, %u, %u, 0x%08x},\n", line.code, line.jt, line.jf,
		       line.k);
	printf("};\n");
	return fclose(program);
}

/** make() - build a filter and print it; 0, or -1 */
static int make(const char *name, uint32_t otherwise,
		int (*build)(scmp_filter_ctx filter))
{
	scmp_filter_ctx filter = seccomp_init(otherwise);
	int failed;

	if (!filter)
		return -1;
	/* a balanced tree: the most used call costs as little as any other */
	failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) || build(filter) ||
		 print(filter, name);
	seccomp_release(filter);
	return failed ? -1 : 0;
}

int main(void)
{
	return make("session_filter", OTHERWISE, build_session) ||
	       make("datagrams_filter", OTHERWISE, build_datagrams) ||
	       make("broker_filter", SCMP_ACT_ALLOW, build_broker);
}
