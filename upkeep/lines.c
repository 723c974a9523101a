/* SPDX-License-Identifier: MIT */
/* lines.c - read the output of another program, line by line */
#include "upkeep/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"

/** start() - start the program; its output goes to @out, its messages nowhere; 0 or errno */
static int start(const char *const argv[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return r;
	r = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!r)
		r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
						     O_RDONLY, 0);
	if (!r)
		r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
						     O_WRONLY, 0);
	if (!r)
		r = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)argv,
				 environ);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

/** visit_all() - read until the end, or until the visitor has enough */
static void visit_all(FILE *from, lines_visitor *visit, void *context)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, from)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (visit(context, line))
			break;
	}
	free(line);
}

/**
 * lines_each() - run a program and visit the lines of its output
 * @argv:	Program, found by PATH, and its arguments
 * @visit:	Called for each line
 * @context:	For @visit
 *
 * Return: exit status of the program, or 128 when a signal ended it, as it does when @visit
 * ends the reading early; -1 with errno: it cannot be started
 */
int lines_each(const char *const argv[], lines_visitor *visit, void *context)
{
	int pipe_fds[2], status = 0, error;
	FILE *from;
	pid_t pid = 0;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return -1;
	error = start(argv, pipe_fds[1], &pid);
	close(pipe_fds[1]);
	if (error) {
		close(pipe_fds[0]);
		errno = error;
		return -1;
	}
	from = file_stream(pipe_fds[0], "r");
	if (from) {
		visit_all(from, visit, context);
		fclose(from);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
