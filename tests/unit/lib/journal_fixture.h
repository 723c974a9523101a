/* SPDX-License-Identifier: MIT */
/* journal_fixture.h - a journal socket for one check */
#ifndef TESTS_UNIT_LIB_JOURNAL_FIXTURE_H
#define TESTS_UNIT_LIB_JOURNAL_FIXTURE_H

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/skip.h"

/** in_child() - run a check in a separate process with its own journal socket */
static inline void in_child(void (*check)(int journal))
{
	struct sockaddr_un address = {.sun_family = AF_UNIX,
				      .sun_path = "/run/systemd/journal/socket"};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

		if (unshare(CLONE_NEWNS) || mount("", "/", "", MS_REC | MS_PRIVATE, "") ||
		    mount("tmpfs", "/run", "tmpfs", 0, "") ||
		    mkdir("/run/systemd", 0755) || mkdir("/run/systemd/journal", 0755) ||
		    bind(fd, (struct sockaddr *)&address, sizeof(address)))
			_exit(77);
		check(fd);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip_because("no rights for a mount namespace");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#endif
