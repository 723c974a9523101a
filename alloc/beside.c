/* SPDX-License-Identifier: MIT */
/*
 * beside.c - a new allocation file beside the one that it will replace
 *
 * The new file is PATH.new until it is renamed. One that a killed process has left under
 * that name is removed: the caller holds line 0 of the old file, so that nobody else
 * writes it. The replaced file can stay as PATH.before.TIME.
 */
#include "alloc/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alloc/header.h"
#include "alloc/table_create.h"
#include "lib/file.h"
#include "lib/log.h"

/** fail() - log an error of the new file; always -1 */
static int fail(const struct table *to, const char *what)
{
	log_msg(LOG_ERR, "%s: %s: %m", to->path, what);
	return -1;
}

/** take_over() - copy owner, group and mode of the old file, if permitted; 0 or -1 */
static int take_over(const struct table *to, const struct table *from)
{
	struct stat st;

	if (fstat(from->fd, &st) ||
	    (st.st_uid != geteuid() && fchown(to->fd, st.st_uid, (gid_t)-1)))
		return -1;
	/* Without permission the file keeps the caller's group, as in table_create() */
	if (st.st_gid != getegid() && fchown(to->fd, (uid_t)-1, st.st_gid) &&
	    errno != EPERM)
		return -1;
	/* secrets are for owner and group only */
	return fchmod(to->fd, st.st_mode & 0640);
}

/**
 * beside_create() - create the new file in full size, without leases; durably
 * @to:		Its table: kind, capacity, key, identity and ranges are set
 * @from:	The file that it will replace
 *
 * Return: 0, and @to has its path and is open; -1 with errno, logged
 */
int beside_create(struct table *to, const struct table *from)
{
	struct header header = {.kind = to->kind,
				.capacity = to->capacity,
				.identity = to->identity,
				.ranges = to->ranges};

	memcpy(header.key, to->key, sizeof(header.key));
	if (file_path(to->path, "%s.new", from->path))
		return fail(to, "cannot create");
	if (unlink(to->path) && errno != ENOENT)
		return fail(to, "cannot remove the leftover file");
	to->fd = open(to->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to->fd < 0)
		return fail(to, "cannot create");
	if (take_over(to, from))
		return fail(to, "cannot take over owner and mode");
	if (table_create_lines(to->fd, &header))
		return fail(to, "cannot build");
	return 0;
}

/** link_file() - file_maker(): give the file @context another name */
static int link_file(void *context, const char *name)
{
	return link(context, name);
}

/** beside_sync_name() - make the name of a file that is in place durable, or log a warning */
void beside_sync_name(const char *path)
{
	if (file_sync_name(path))
		log_msg(LOG_WARNING, "%s: cannot sync its directory: %m", path);
}

/**
 * beside_swap() - put a new file in place of the old one, which stays as PATH.before.TIME
 * @fresh:	Name of the new file
 * @path:	Name of the old file
 * @kept:	Result: the old file's second name; empty if the old file is still in place
 *
 * Return: 0; -1, logged
 */
int beside_swap(const char *fresh, const char *path, char kept[PATH_MAX])
{
	if (file_dated(path, BESIDE_KEPT, time(NULL), link_file, (char *)path, kept)) {
		log_msg(LOG_ERR, "%s: the present file cannot be kept: %m", path);
	} else if (rename(fresh, path)) {
		log_msg(LOG_ERR, "%s: cannot put the new file in place: %m", path);
		unlink(kept);
	} else {
		beside_sync_name(path);
		return 0;
	}
	*kept = '\0';
	return -1;
}
