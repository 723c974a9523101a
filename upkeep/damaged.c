/* SPDX-License-Identifier: MIT */
/* damaged.c - keep a copy of a damaged file beside it, before a repair loses anything */
#include "upkeep/damaged.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/log.h"

/** copy_bytes() - copy a whole file, durably; 0 or -1 with errno */
static int copy_bytes(int from, int to)
{
	off_t at = 0;
	ssize_t n;

	do
		n = copy_file_range(from, &at, to, NULL, 1 << 30, 0);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : fsync(to);
}

/** make_copy() - file_maker(): copy the file of a table to a new file */
static int make_copy(void *context, const char *path)
{
	const struct table *t = context;
	/* it contains all secrets of the file, so only its owner may read it */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r, saved;

	if (fd < 0)
		return -1;
	r = copy_bytes(t->fd, fd);
	saved = errno;
	close(fd);
	if (r)
		unlink(path);
	errno = saved;
	return r ? r : file_sync_name(path);
}

/**
 * damaged_keep() - copy a file to FILE.damaged.TIME
 * @t:		Table; it is copied unchanged
 * @now:	Time for the name
 *
 * Return: 0, logged; -1, logged: there is no copy
 */
int damaged_keep(struct table *t, time_t now)
{
	char path[PATH_MAX];
	int r = file_dated(t->path, DAMAGED_MARK, now, make_copy, t, path);

	if (r)
		log_msg(LOG_ERR, "%s: cannot keep the damaged file: %m", t->path);
	else
		log_msg(LOG_NOTICE, "%s: the damaged file is kept as %s", t->path, path);
	return r;
}
