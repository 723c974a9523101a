/* SPDX-License-Identifier: MIT */
/*
 * pager.c - show a long table by the operator's pager
 *
 * The pager is $PAGER, or else less, which quits by itself at the end of a short text,
 * passes colours on and leaves the text on the screen (LESS=FRX, unless LESS is set). It
 * runs only on a terminal whose cursor moves, and only for a text that does not fit.
 *
 * A pager can start a shell. Somebody whom sudo allows "tspctl list" alone would get one
 * with more rights, so less runs in its secure mode, and under sudo $PAGER is not heeded.
 */
#include "ctl/ui/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/ui/terminal.h"

#define LESS      "less"
#define NOT_FOUND 127 /* exit status of a shell whose command does not exist */

/** lent() - another user has lent the caller these rights */
static bool lent(void)
{
	return getenv("SUDO_UID") || getenv("DOAS_USER") || getenv("PKEXEC_UID");
}

/** choose() - command of the pager; NULL: none is wanted */
static const char *choose(void)
{
	const char *pager = getenv("PAGER");

	if (!pager || lent())
		return LESS;
	return *pager && strcmp(pager, "cat") != 0 ? pager : NULL;
}

/** be_pager() - the child: read the text from @from */
static void be_pager(const char *command, int from)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	setenv("LESS", "FRX", 0);
	setenv("LESSSECURE", "1", 1);
	if (dup2(from, STDIN_FILENO) < 0)
		_exit(NOT_FOUND);
	if (!strcmp(command, LESS)) /* a shell would complain if it is not installed */
		execlp(LESS, LESS, (char *)NULL);
	else
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(NOT_FOUND);
}

/**
 * print_to() - let a function print to a pipe; a pager that is left early is no error
 *
 * Return: false: nothing was printed
 */
static bool print_to(int to, void (*print)(void *context), void *context)
{
	int terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	void (*pipe_was)(int);

	if (terminal < 0)
		return false;
	pipe_was = signal(SIGPIPE, SIG_IGN);
	if (dup2(to, STDOUT_FILENO) >= 0) {
		print(context);
		fflush(stdout);
		__fpurge(stdout);
		clearerr(stdout);
		dup2(terminal, STDOUT_FILENO);
	}
	close(terminal);
	signal(SIGPIPE, pipe_was);
	return true;
}

/** await() - wait until the pager ends; false: it does not exist */
static bool await(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return true;
	}
	return !WIFEXITED(status) || WEXITSTATUS(status) != NOT_FOUND;
}

/**
 * pager_show() - print by the pager
 * @lines:	Lines of the terminal that the text takes
 * @print:	Prints the text to standard output
 * @context:	For @print
 *
 * Return: false: nothing was shown, since there is no pager or the text fits
 */
bool pager_show(size_t lines, void (*print)(void *context), void *context)
{
	const char *command = choose();
	void (*interrupt_was)(int);
	int ends[2];
	bool shown = false;
	pid_t pid;

	if (!command || lines < terminal_height() || !terminal_moves(STDOUT_FILENO) ||
	    pipe2(ends, O_CLOEXEC))
		return false;
	fflush(stdout);
	/* Ctrl-C is for the pager: without this process it would lose the terminal */
	interrupt_was = signal(SIGINT, SIG_IGN);
	pid = fork();
	if (pid == 0)
		be_pager(command, ends[0]);
	close(ends[0]);
	if (pid > 0)
		shown = print_to(ends[1], print, context);
	close(ends[1]);
	if (pid > 0)
		shown = await(pid) && shown;
	signal(SIGINT, interrupt_was);
	return shown;
}
