/* SPDX-License-Identifier: MIT */
/*
 * child.c - the processes without rights that the main process starts
 *
 * Each is forked, becomes "nobody" where the main process is root, gives up everything by
 * a function of sandbox/, and has one packet socket. It ends with the main process.
 */
#include "client/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/events.h"
#include "lib/log.h"
#include "lib/seqpacket.h"
#include "sandbox/sandbox.h"

#define NOBODY "nobody"

/** become_child() - in the new process; does not return */
__attribute__((noreturn)) static void become_child(child_work *work, int fd,
						   void *context, pid_t parent)
{
	sigset_t none;

	events_forget();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (geteuid() == 0 && sandbox_become_user(NOBODY, false))
		_exit(1);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(1);
	/* without exit handlers: they may make calls that are forbidden by now */
	_exit(work(fd, context));
}

/**
 * child_start() - start a process
 * @child:	Result
 * @work:	What it does; begins with a function of sandbox/
 * @context:	For @work
 *
 * Return: 0; -1 with errno, logged
 */
int child_start(struct child *child, child_work *work, void *context)
{
	pid_t parent = getpid();
	int pair[2];

	child->pid = 0;
	child->fd = -1;
	if (seqpacket_pair(pair)) {
		log_msg(LOG_ERR, "packet pair: %m");
		return -1;
	}
	child->pid = fork();
	if (child->pid == 0) {
		close(pair[0]);
		become_child(work, pair[1], context, parent);
	}
	close(pair[1]);
	child->fd = pair[0];
	if (child->pid > 0)
		return 0;
	log_msg(LOG_ERR, "fork: %m");
	child->pid = 0;
	close(pair[0]);
	child->fd = -1;
	return -1;
}

/** child_end() - end the process, if any, in any state */
void child_end(struct child *child)
{
	int status = 0;

	if (child->pid <= 0)
		return;
	close(child->fd);
	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		log_msg(LOG_ERR, "a process without rights was ended by signal %d",
			WTERMSIG(status));
	child->pid = 0;
	child->fd = -1;
}
