// SPDX-License-Identifier: MIT
/*
 * unbounded.c - what a handler under valgrind has in place of filters and limits
 *
 * Valgrind lives in the process it watches: it makes system calls that no session needs,
 * writes its findings to a file, and cannot have its descriptors limited. It also knows
 * no system call that is younger than itself. Linked before libtsp.a, and before the C
 * library, these take the place of the real ones.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/syscalls.h"

int syscalls_session(void)
{
	return 0;
}

int syscalls_broker(void)
{
	return 0;
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limits)
{
	(void)resource;
	(void)limits;
	return 0;
}

/* A descriptor for a process: one that is always ready, so whoever polls it waits for the
 * process itself at once. All else goes to the C library's function. */
long syscall(long number, ...)
{
	long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	long a[6];
	va_list args;

	if (number == SYS_pidfd_open)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
