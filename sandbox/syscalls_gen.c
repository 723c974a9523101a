/* SPDX-License-Identifier: MIT */
/*
 * syscalls_gen.c - which system calls a process may make, compiled when the project is
 *
 * Runs at build time and writes the filters as C arrays to standard output, for
 * syscalls.c to install. Compiling them with libseccomp anew in every session, in both
 * processes, would cost more than the rest of the sandbox together (docs/performance.md).
 *
 * The session gets a list of what it needs; any other call kills it. The broker runs
 * shells and network tools, whose needs the operator decides: broker and template lose
 * what no tunnel ever needs. tests/unit/sandbox/test_syscalls.c holds the whole list of
 * what is left, so that a call that a filter forgets fails a test.
 *
 * In a build with sanitizers a call that is not on the list fails and kills nothing, so
 * that their report is printed.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <termios.h>

#include "lib/sanitized.h"
#include "sandbox/syscalls_list.h"

#define OTHERWISE (TSP_SANITIZED ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* clone() makes these as unshare() does; a user namespace gives all capabilities */
static const uint64_t namespaces[] = {
	CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
	CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET,
};

/* Which argument of clone() has the flags */
#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* Commands of bpf() that use a pinned map; others make, load, attach or search */
static const unsigned bpf_allowed[] = {
	BPF_OBJ_GET,          BPF_MAP_LOOKUP_ELEM,  BPF_MAP_UPDATE_ELEM,
	BPF_MAP_DELETE_ELEM,  BPF_MAP_LOOKUP_BATCH, BPF_MAP_LOOKUP_AND_DELETE_BATCH,
	BPF_MAP_UPDATE_BATCH,
};

/* Socket families that templates need, as in the units' RestrictAddressFamilies= */
static const unsigned socket_families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

/* ioctl() requests that type characters into a terminal */
static const unsigned terminal_injections[] = {TIOCSTI, TIOCLINUX};

/* fchmodat2(); calls with higher numbers fail as on a kernel without them */
#define NEWEST_CALL 452

/** allow_sanitizers() - they ask for the signal stack before a process ends */
static int allow_sanitizers(scmp_filter_ctx filter)
{
	if (!TSP_SANITIZED)
		return 0;
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sigaltstack), 0);
}

/** add_list() - add a rule for each name; 0, or libseccomp's error */
static int add_list(scmp_filter_ctx filter, uint32_t action, const char *const names[],
		    size_t count)
{
	int error = 0;
	size_t i;

	for (i = 0; !error && i < count; i++) {
		int call = seccomp_syscall_resolve_name(names[i]);

		/* LeakSanitizer traces the broker when it ends */
		if (TSP_SANITIZED && call == SCMP_SYS(ptrace))
			continue;
		error = call == __NR_SCMP_ERROR
				? -EINVAL
				: seccomp_rule_add(filter, action, call, 0);
	}
	return error;
}

/** allow_list() - allow a process's list, and memory for malloc(); nothing maps code */
static int allow_list(scmp_filter_ctx filter, const char *const names[], size_t count)
{
	int error = allow_sanitizers(filter);

	if (!error)
		error = add_list(filter, SCMP_ACT_ALLOW, names, count);
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
					 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return error;
}

/** build_session() - add the session's list to a filter; 0, or libseccomp's error */
static int build_session(scmp_filter_ctx filter)
{
	int error = allow_list(filter, session_calls, COUNT(session_calls));

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

/** build_session_server() - the session's list, and what its children lose */
static int build_session_server(scmp_filter_ctx filter)
{
	int error = build_session(filter);

	/* a child of the same parent, which shares nothing with this process */
	if (!error)
		error = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
			SCMP_CMP64(CLONE_FLAGS, SCMP_CMP_EQ, CLONE_PARENT | SIGCHLD));
	/* its name, its own limits, its end, a filter more */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
					 SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
					 SCMP_A0(SCMP_CMP_EQ, 0));
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(setitimer), 1,
					 SCMP_A0(SCMP_CMP_EQ, ITIMER_REAL));
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(seccomp), 1,
					 SCMP_A0(SCMP_CMP_EQ, SECCOMP_SET_MODE_FILTER));
	return error;
}

/** build_session_child() - a short filter on top of the server's */
static int build_session_child(scmp_filter_ctx filter)
{
	return add_list(filter, OTHERWISE, session_server_calls,
			COUNT(session_server_calls));
}

/** build_datagrams() - add the list of tsp-udp's reader; 0, or libseccomp's error */
static int build_datagrams(scmp_filter_ctx filter)
{
	int error = allow_list(filter, datagrams_calls, COUNT(datagrams_calls));

	/* a connection for each handler, and no other kind of socket */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 1,
					 SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	/* which family does a listening socket have? */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(getsockopt), 1,
					 SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET));
	return error;
}

/** build_mover() - add the list of tspc's mover; 0, or libseccomp's error */
static int build_mover(scmp_filter_ctx filter)
{
	return allow_list(filter, mover_calls, COUNT(mover_calls));
}

/**
 * deny_all_but() - refuse values of a call's first argument, an int, that are not listed
 * @filter:	Filter that allows what no rule forbids
 * @call:	System call
 * @allowed:	Values allowed, each at most 63
 * @count:	How many
 *
 * The last rule catches larger values, and all values with bits in the upper half, which
 * the kernel ignores.
 *
 * Return: 0, or libseccomp's error
 */
static int deny_all_but(scmp_filter_ctx filter, int call, const unsigned allowed[],
			size_t count)
{
	uint64_t set = 0;
	unsigned value, last = 0;
	int error = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		set |= UINT64_C(1) << allowed[i];
		last = allowed[i] > last ? allowed[i] : last;
	}
	for (value = 0; !error && value < last; value++) {
		if (!(set >> value & 1))
			error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 1,
						 SCMP_A0(SCMP_CMP_EQ, value));
	}
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 1,
					 SCMP_A0(SCMP_CMP_GT, last));
	return error;
}

/** deny_namespaces() - no namespace by clone(); no clone3(), whose flags no filter sees */
static int deny_namespaces(scmp_filter_ctx filter)
{
	int error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	size_t i;

	for (i = 0; !error && i < COUNT(namespaces); i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone),
					 1,
					 SCMP_CMP64(CLONE_FLAGS, SCMP_CMP_MASKED_EQ,
						    namespaces[i], namespaces[i]));
	return error;
}

/** deny_injections() - refuse the requests; the kernel looks at 32 bits of a request */
static int deny_injections(scmp_filter_ctx filter)
{
	int error = 0;
	size_t i;

	for (i = 0; !error && i < COUNT(terminal_injections); i++)
		error = seccomp_rule_add(
			filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
			SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, terminal_injections[i]));
	return error;
}

/** build_broker() - refuse what broker and templates never need; 0, or libseccomp's error */
static int build_broker(scmp_filter_ctx filter)
{
	int error = deny_namespaces(filter);

	if (!error)
		error = add_list(filter, SCMP_ACT_ERRNO(EPERM), broker_denied,
				 COUNT(broker_denied));
	if (!error)
		error = deny_injections(filter);
	if (!error)
		error = deny_all_but(filter, SCMP_SYS(bpf), bpf_allowed,
				     COUNT(bpf_allowed));
	if (!error)
		error = deny_all_but(filter, SCMP_SYS(socket), socket_families,
				     COUNT(socket_families));
	return error;
}

/** print_line() - one instruction of a filter as an array element */
static void print_line(const struct sock_filter *line)
{
	printf("\t{0x%04x, %u, %u, 0x%08x},\n", line->code, line->jt, line->jf, line->k);
}

/**
 * print_newest() - begin a filter by refusing calls that libseccomp may not know
 *
 * New calls have the same number on all machines.
 */
static void print_newest(void)
{
	static const struct sock_filter lines[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST_CALL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	size_t i;

	for (i = 0; i < COUNT(lines); i++)
		print_line(&lines[i]);
}

/** print_filter() - print a filter as an array; @only_known: refuse younger calls; 0, or -1 */
static int print_filter(scmp_filter_ctx filter, const char *name, bool only_known)
{
	struct sock_filter line;
	FILE *program = tmpfile();

	if (!program)
		return -1;
	if (seccomp_export_bpf(filter, fileno(program)) || fseek(program, 0, SEEK_SET)) {
		fclose(program);
		return -1;
	}
	printf("static const struct sock_filter %s[] = {\n", name);
	if (only_known)
		print_newest();
	while (fread(&line, sizeof(line), 1, program) == 1)
		print_line(&line);
	printf("};\n");
	return fclose(program);
}

/** make_filter() - build a filter and print it; 0, or -1 */
static int make_filter(const char *name, uint32_t otherwise,
		       int (*build)(scmp_filter_ctx filter))
{
	scmp_filter_ctx filter = seccomp_init(otherwise);
	int failed;

	if (!filter)
		return -1;
	/* a balanced tree: the most used call costs as little as any other */
	failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) || build(filter) ||
		 print_filter(filter, name, otherwise == SCMP_ACT_ALLOW);
	seccomp_release(filter);
	return failed ? -1 : 0;
}

int main(void)
{
	return make_filter("session_filter", OTHERWISE, build_session) ||
	       make_filter("session_server_filter", OTHERWISE, build_session_server) ||
	       make_filter("session_child_filter", SCMP_ACT_ALLOW, build_session_child) ||
	       make_filter("datagrams_filter", OTHERWISE, build_datagrams) ||
	       make_filter("mover_filter", OTHERWISE, build_mover) ||
	       make_filter("broker_filter", SCMP_ACT_ALLOW, build_broker);
}
