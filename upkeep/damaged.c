/* SPDX-License-Identifier: MIT */
/* damaged.c - keep a copy of a damaged file beside it, before a repair loses anything */
#include "upkeep/damaged.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/log.h"
#include "lib/timestamp.h"

#define COPIES_MAX 100 /* of one second */

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

/** make_copy() - copy the file of @t to a new file; 0 or -1 with errno */
static int make_copy(const struct table *t, const char *path)
{
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

/** name_copy() - FILE.damaged.TIME, or with a number behind; 0 or -1 with ENAMETOOLONG */
static int name_copy(const struct table *t, time_t now, unsigned i, char path[PATH_MAX])
{
	char text[TIMESTAMP_LEN], number[12] = "";
	int n;

	timestamp_format(now, text);
	if (i)
		snprintf(number, sizeof(number), "-%u", i + 1);
	n = snprintf(path, PATH_MAX, "%s" DAMAGED_MARK "%s%s", t->path, text, number);
	if (n >= 0 && n < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/**
 * damaged_keep() - copy a file to FILE.damaged.TIME
 * @t:		Table; it is copied unchanged
 * @now:	Time for the name
 *
 * Return: 0, logged; -1, logged: there is no copy
 */
int damaged_keep(const struct table *t, time_t now)
{
	char path[PATH_MAX];
	unsigned i = 0;
	int r;

	do
		r = name_copy(t, now, i, path) || make_copy(t, path) ? -1 : 0;
	while (r && errno == EEXIST && ++i < COPIES_MAX);
	if (r)
		log_msg(LOG_ERR, "%s: cannot keep the damaged file: %m", t->path);
	else
		log_msg(LOG_NOTICE, "%s: the damaged file is kept as %s", t->path, path);
	return r;
}
