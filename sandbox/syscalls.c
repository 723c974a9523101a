/* SPDX-License-Identifier: MIT */
/*
 * syscalls.c - install the filters that syscalls_gen.c made at build time
 *
 * Valgrind makes system calls that no filter expects. The build for it defines
 * TSP_WITHOUT_SECCOMP and has no filters; it is never installed.
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

/** install_filter() - bind this process and its children to a filter; needs no_new_privs */
static int install_filter(const struct sock_filter *filter, size_t count)
{
	struct sock_fprog program = {.len = (unsigned short)count,
				     .filter = (struct sock_filter *)filter};

	if (!INSTALL)
		return 0;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/**
 * syscalls_session() - allow a session the calls of its list; any other kills it (SIGSYS)
 *
 * Return: 0; -1 with errno
 */
int syscalls_session(void)
{
	return install_filter(session_filter,
			      sizeof(session_filter) / sizeof(session_filter[0]));
}

/** syscalls_session_server() - the session's list, fork and what limits a child; 0, or -1 with errno */
int syscalls_session_server(void)
{
	return install_filter(session_server_filter,
			      sizeof(session_server_filter) /
				      sizeof(session_server_filter[0]));
}

/** syscalls_session_child() - take from a child what the server has beyond a session; 0, or -1 */
int syscalls_session_child(void)
{
	return install_filter(session_child_filter,
			      sizeof(session_child_filter) /
				      sizeof(session_child_filter[0]));
}

/**
 * syscalls_broker() - let calls fail that neither leases nor tunnels need
 *
 * Return: 0; -1 with errno
 */
int syscalls_broker(void)
{
	return install_filter(broker_filter,
			      sizeof(broker_filter) / sizeof(broker_filter[0]));
}

/**
 * syscalls_datagrams() - allow tsp-udp's reader the calls of its list; any other kills it
 *
 * Return: 0; -1 with errno
 */
int syscalls_datagrams(void)
{
	return install_filter(datagrams_filter,
			      sizeof(datagrams_filter) / sizeof(datagrams_filter[0]));
}

/** syscalls_mover() - the list of tspc's mover; any other call ends the process */
int syscalls_mover(void)
{
	return install_filter(mover_filter,
			      sizeof(mover_filter) / sizeof(mover_filter[0]));
}
