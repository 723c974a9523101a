/* SPDX-License-Identifier: MIT */
/*
 * syscalls.c - install the filters that syscalls_gen.c made at build time
 *
 * Valgrind makes system calls of its own, at any time. The build for it says
 * TSP_WITHOUT_SECCOMP and runs without filters; it is never one that is installed.
 */
#include "sandbox/syscalls.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/syscalls_bpf.h"

#ifdef TSP_WITHOUT_SECCOMP
#define INSTALL 0
#else
#define INSTALL 1
#endif

/** install() - bind this process and all it starts to a filter, for good; needs no_new_privs */
static int install(const struct sock_filter *filter, size_t count)
{
	struct sock_fprog program = {.len = (unsigned short)count,
				     .filter = (struct sock_filter *)filter};

	if (!INSTALL)
		return 0;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/** syscalls_session() - the session's list; any other call ends the process (SIGSYS) */
int syscalls_session(void)
{
	return install(session_filter,
		       sizeof(session_filter) / sizeof(session_filter[0]));
}

/** syscalls_broker() - what neither leases nor tunnels need fails with EPERM */
int syscalls_broker(void)
{
	return install(broker_filter, sizeof(broker_filter) / sizeof(broker_filter[0]));
}

/** syscalls_datagrams() - the list of tsp-udp's server; any other call ends the process */
int syscalls_datagrams(void)
{
	return install(datagrams_filter,
		       sizeof(datagrams_filter) / sizeof(datagrams_filter[0]));
}

/** syscalls_mover() - the list of tspc's mover; any other call ends the process */
int syscalls_mover(void)
{
	return install(mover_filter, sizeof(mover_filter) / sizeof(mover_filter[0]));
}
