// SPDX-License-Identifier: MIT
/*
 * unbounded.c - what a handler under valgrind has in place of limits
 *
 * Valgrind lives in the process it watches: it writes its findings to a file, cannot have
 * its descriptors limited, and makes system calls that no session needs, which is why the
 * filters are left out of this handler as well (TSP_WITHOUT_SECCOMP). It also knows no
 * system call that is younger than itself. Linked before the C library, these functions
 * take the place of the real ones.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

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
