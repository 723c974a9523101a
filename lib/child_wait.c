/* SPDX-License-Identifier: MIT */
/* child_wait.c - wait for a child process within a deadline */
#include "lib/child_wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"

/** ends_in_time() - poll a process descriptor; 1, or 0 when it is not over within @ms */
static int ends_in_time(int pidfd, int64_t ms)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int64_t end = clock_ms() + ms;
	int n;

	do {
		n = poll(&p, 1, ms < 0 ? 0 : (int)ms);
		ms = end - clock_ms();
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/**
 * child_wait() - collect a child's end; kill a child that does not end by itself
 * @pid:	Child
 * @seconds:	How long it may still run
 * @status:	Result, as waitpid() has it
 *
 * The child may be in enemy hands: it gets SIGKILL at the deadline, and at once where the
 * kernel has no process descriptors.
 *
 * Return: 0; -1 with ETIMEDOUT when it was killed
 */
int child_wait(pid_t pid, unsigned seconds, int *status)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), killed = 0;

	if (pidfd < 0 || !ends_in_time(pidfd, (int64_t)seconds * 1000)) {
		kill(pid, SIGKILL);
		killed = 1;
	}
	if (pidfd >= 0)
		close(pidfd);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	errno = ETIMEDOUT;
	return killed ? -1 : 0;
}
