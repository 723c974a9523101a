/* SPDX-License-Identifier: MIT */
/* random.c - random bytes, for processes with a system call filter as well */
#include "lib/random.h"

#include <sys/syscall.h>
#include <unistd.h>

/**
 * random_get() - random bytes from the kernel
 * @out:	Result
 * @len:	Bytes, at most 256: such a request is answered in full
 *
 * By the system call itself: from glibc 2.41 on getrandom() maps memory for the vDSO and
 * asks for the number of processors, and the filters of the sandbox end a process for that.
 *
 * Return: 0; -1 with errno
 */
int random_get(void *out, size_t len)
{
	return syscall(SYS_getrandom, out, len, 0) == (long)len ? 0 : -1;
}
