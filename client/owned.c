/* SPDX-License-Identifier: MIT */
/*
 * owned.c - files that decide what root runs must be root's
 *
 * Configuration, template and state decide what the process with CAP_NET_ADMIN does. So
 * they must belong to root, or to the user who runs tspc, and neither group nor others may
 * write them.
 */
#include "client/owned.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

/**
 * owned_check() - is an open file root's or ours, and ours alone to write?
 * @fd:		Descriptor
 * @path:	Its name, for the log
 *
 * Return: 0; -1 with EPERM if not, EINVAL if it is not a regular file, logged
 */
int owned_check(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st)) {
		log_msg(LOG_ERR, "%s: %m", path);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		log_msg(LOG_ERR, "%s: not a regular file", path);
		errno = EINVAL;
		return -1;
	}
	errno = EPERM;
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		log_msg(LOG_ERR, "%s: belongs to user %u: it must be root's", path,
			st.st_uid);
		return -1;
	}
	if (st.st_mode & (S_IWGRP | S_IWOTH)) {
		log_msg(LOG_ERR, "%s: others can write it (mode %04o): chmod go-w it",
			path, st.st_mode & 07777);
		return -1;
	}
	return 0;
}

/** owned_path() - the same for a file by its name; 0, or -1 with errno, logged */
int owned_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), result;

	if (fd < 0) {
		log_msg(LOG_ERR, "%s: %m", path);
		return -1;
	}
	result = owned_check(fd, path);
	close(fd);
	return result;
}
