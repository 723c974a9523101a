/* SPDX-License-Identifier: MIT */
/*
 * script.c - run a program and watch its output, its end and its time
 *
 * The program gets only the environment and input that the caller passes, "/" as directory,
 * a new process group and a deadline. A caller that runs several programs keeps a struct
 * script for each and loops: script_wait() for poll(), then script_advance() until a script
 * is over, then script_end().
 *
 * A template that hangs: at the deadline ([limits] template_seconds, three times that for a
 * teardown, see template_start()) script_advance() sets the fault "did not end in time", and
 * script_end() kills the process group. The same happens to a program that prints more than
 * OUTPUT_MAX, and more than the caller has room for. template.c logs the fault and the last
 * lines of output as template-failed. A session then takes the tunnel down, puts the lease
 * back and answers 310; if the teardown fails as well, nobody gets the lease until a teardown
 * has succeeded. tspctl counts the tunnel as failed and goes on.
 */
#include "tunnel/script.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"

#define OUTPUT_MAX 65536 /* bytes a script may print in one run */

/**
 * become_script() - execute the program in the child, with the broker's user and capability
 * @error:	Result: errno of an execve() that failed
 *
 * The child of a vfork() shares our memory until it executes: it changes only @error there.
 * execve() resets signal handlers; signals that the caller blocks are unblocked.
 */
__attribute__((noreturn)) static void become_script(const char *path,
						    char *const environment[], int input,
						    int output, pid_t parent,
						    volatile int *error)
{
	char *argv[] = {(char *)path, NULL};
	int in = input >= 0 ? input : open("/dev/null", O_RDONLY);
	sigset_t none;

	/* A script must not outlive the process that holds the lease's lock */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(126);
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (in < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0 || file_close_range(3, ~0u) || chdir("/"))
		_exit(126);
	execve(path, argv, environment);
	*error = errno;
	dprintf(STDERR_FILENO, "%s: %m\n", path);
	_exit(127);
}

/** give_up() - end a program that cannot be watched; -1, errno kept */
static int give_up(struct script *s)
{
	int saved = errno;

	kill(-s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	close(s->output);
	errno = saved;
	return -1;
}

/**
 * script_start() - start a program
 * @s:			Result
 * @path:		Program
 * @environment:	Its whole environment
 * @seconds:		Its deadline
 * @input:		Its standard input; -1: none
 * @text:		Where its output goes; must stay valid until script_end()
 *
 * Return: 0; -1 with errno and nothing left behind
 */
int script_start(struct script *s, const char *path, char *const environment[],
		 unsigned seconds, int input, struct buf *text)
{
	pid_t parent = getpid(), child;
	int fds[2], saved;

	*s = (struct script){.text = text};
	buf_clear(text);
	clock_gettime(CLOCK_MONOTONIC, &s->deadline);
	s->deadline.tv_sec += seconds;

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	/* Copying a broker's page tables would cost a tenth of a shell's start */
	child = vfork(); /* NOLINT: posix_spawn() cannot do all that become_script() does */
	if (child == 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Vfork): it says what it may do */
		become_script(path, environment, input, fds[1], parent, &s->never_ran);
	s->pid = child;
	saved = errno;
	close(fds[1]);
	s->output = fds[0];
	if (s->pid < 0) {
		close(fds[0]);
		errno = saved;
		return -1;
	}
	setpgid(s->pid, s->pid); /* in both processes, since either may come first */
	fcntl(s->output, F_SETFL, O_NONBLOCK);
	s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	return s->pidfd < 0 ? give_up(s) : 0;
}

/**
 * script_wait() - prepare a poll() for a script
 * @s:		Script
 * @fds:	Result
 *
 * Return: milliseconds until its deadline, at least 0
 */
int script_wait(const struct script *s, struct pollfd fds[SCRIPT_FDS])
{
	struct timespec now;
	long long ms;

	fds[0] = (struct pollfd){.fd = s->output, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = s->pidfd, .events = POLLIN};
	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (s->deadline.tv_sec - now.tv_sec) * 1000LL +
	     (s->deadline.tv_nsec - now.tv_nsec + 999999) / 1000000;
	return ms < 0 ? 0 : (int)ms;
}

/**
 * keep_text() - store output; drop the older half when there is no room
 *
 * The cause of a failure is at the end of the output.
 */
static void keep_text(struct buf *text, const char *data, size_t len)
{
	if (len >= text->size) {
		data += len - (text->size - 1);
		len = text->size - 1;
	}
	while (text->size - text->len <= len) {
		size_t half = text->len / 2;

		memmove(text->data, text->data + text->len - half, half);
		text->len = half;
	}
	buf_add(text, data, len);
}

/** read_output() - read output without waiting; false at its end */
static bool read_output(struct script *s)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read(s->output, chunk, sizeof(chunk))) > 0) {
		s->total += (size_t)n;
		if (s->total > OUTPUT_MAX && s->total >= s->text->size) {
			s->fault = "printed too much";
			return false;
		}
		keep_text(s->text, chunk, (size_t)n);
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/**
 * script_advance() - handle the result of poll(): output, end, deadline
 * @s:		Script
 * @fds:	From script_wait(), after poll()
 *
 * Return: true when script_end() is next: it has ended, or must be killed
 */
bool script_advance(struct script *s, const struct pollfd fds[SCRIPT_FDS])
{
	struct pollfd unused[SCRIPT_FDS];

	if (fds[0].revents && !read_output(s) && !s->fault) {
		close(s->output); /* end of output; a background job may still run */
		s->output = -1;
	}
	if (fds[1].revents) {
		if (s->output >= 0)
			read_output(s);
		return true;
	}
	if (!s->fault && !script_wait(s, unused))
		s->fault = "did not end in time";
	return s->fault;
}

/**
 * script_wait_over() - wait until a script is over, or must be killed
 * @s:		Script; script_end() is next
 */
void script_wait_over(struct script *s)
{
	struct pollfd fds[SCRIPT_FDS];
	int timeout, n;

	do {
		timeout = script_wait(s, fds);
		n = poll(fds, SCRIPT_FDS, timeout);
		if (n < 0)
			fds[0].revents = fds[1].revents = 0;
	} while (!script_advance(s, fds));
}

/**
 * script_end() - collect its end; kill it when it has a fault
 * @s:		Script
 *
 * Return: 0 when it exited with 0; else -1 with s->fault set, and errno: EIO, or that of
 * execve() when the program never ran
 */
int script_end(struct script *s)
{
	int status;

	if (s->fault) {
		kill(-s->pid, SIGKILL);
		kill(s->pid, SIGKILL); /* it may have left its process group */
	}
	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(s->pidfd);
	if (s->output >= 0)
		close(s->output);
	errno = s->never_ran ? s->never_ran : EIO;
	if (s->fault)
		return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		snprintf(s->why, sizeof(s->why), "failed with exit status %d",
			 WEXITSTATUS(status));
	else
		snprintf(s->why, sizeof(s->why), "was ended by signal %d",
			 WTERMSIG(status));
	s->fault = s->why;
	return -1;
}
