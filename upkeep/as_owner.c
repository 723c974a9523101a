/* SPDX-License-Identifier: MIT */
/*
 * as_owner.c - work on the state directory as its owner, in a child of this process
 *
 * Root becomes the owner for good (files.c). A command that also writes a file of root's
 * gives the part that touches the state directory to a child, and stays root itself. The
 * child returns its results in memory that both share.
 */
#include "upkeep/as_owner.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/log.h"
#include "sandbox/sandbox.h"
#include "upkeep/files.h"

/** as_owner_memory() - memory for the context of as_owner_run(), zeroed; NULL, logged */
void *as_owner_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory != MAP_FAILED)
		return memory;
	log_msg(LOG_ERR, "cannot share memory: %m");
	return NULL;
}

/** as_owner_free() - give back as_owner_memory(); NULL is allowed */
void as_owner_free(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

/** become() - become the owner of the state directory, or a user; 0 or -1, logged */
static int become(const struct config *config, const char *user)
{
	if (!user)
		return files_become_owner(config);
	return geteuid() ? 0 : sandbox_become_user(user, false);
}

/** run() - call a function in a child that runs as @user; NULL: as the owner */
static int run(const struct config *config, const char *user, int (*work)(void *context),
	       void *context)
{
	pid_t pid;
	int r, status;

	fflush(NULL); /* or the child prints it again */
	pid = fork();
	if (pid == 0) {
		r = become(config, user) ? -1 : work(context);
		fflush(NULL);
		_exit(r < 0 ? 255 : r);
	}
	if (pid < 0) {
		log_msg(LOG_ERR, "cannot start a process: %m");
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	if (WIFSIGNALED(status))
		log_msg(LOG_ERR, "ended by signal %d", WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) != 255 ? WEXITSTATUS(status) : -1;
}

/**
 * as_owner_run() - call a function as the owner of the state directory, in a child
 * @config:	Configuration
 * @work:	Returns 0 to 100, or a negative number for a failure, which it logs
 * @context:	For @work, from as_owner_memory() if it returns results there
 *
 * Return: what @work has returned; -1, logged
 */
int as_owner_run(const struct config *config, int (*work)(void *context), void *context)
{
	return run(config, NULL, work, context);
}

/** as_owner_session() - as_owner_run(), as the user of sessions; only root can become that */
int as_owner_session(const struct config *config, int (*work)(void *context),
		     void *context)
{
	return run(config, config->user, work, context);
}
