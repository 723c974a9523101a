/* SPDX-License-Identifier: MIT */
/*
 * atomic_file.c - put new content in a file's place at once, one writer at a time
 *
 * The new content is written beside the file, synced and renamed over it, with owner and
 * mode kept: a reader sees all of the old file or all of the new one, whatever is killed.
 *
 * Writers take turns by an open-file-description lock on the file itself. A writer that
 * waited for it may hold the lock of a file that was replaced meanwhile. So it checks, with
 * the lock, that the name still leads to its file, and opens the file again if not: the
 * lock outlives the rename. Only the lock's holder writes beside the file, so a file found
 * there was left by a killed writer and is removed.
 */
#include "lib/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/file.h"

#define LOCK_SECONDS  10
#define LOCK_PAUSE_MS 2

#define TRIES 64 /* replacements by others before a caller that does not wait gives up */

/** open_old() - open the file for reading and locking; a missing one is created */
static int open_old(struct atomic_file *r, mode_t mode)
{
	int fd = open(r->path, O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = open(r->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, mode);
	if (fd >= 0)
		r->created = true;
	else if (errno == EEXIST)
		errno = EAGAIN;
	return fd;
}

/**
 * lock() - take the writers' lock
 *
 * Return: 0; -1 with EAGAIN when another writer has it and @wait is false, ETIMEDOUT when a
 * process kept it for LOCK_SECONDS, as any process that may read the file can
 */
static int lock(int fd, bool wait)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int tries = wait ? LOCK_SECONDS * 1000 / LOCK_PAUSE_MS : 0;

	while (fcntl(fd, F_OFD_SETLK, &all)) {
		if (errno != EACCES && errno != EAGAIN && errno != EINTR)
			return -1;
		if (!tries--) {
			errno = wait ? ETIMEDOUT : EAGAIN;
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

/**
 * take_turn() - open the file and lock it: a descriptor, or -1 with errno
 *
 * A caller that waits tries without limit: each failed try is another writer's success, and
 * on a fast disk any number of them may go first.
 */
static int take_turn(struct atomic_file *r, mode_t mode, bool wait)
{
	int fd, saved, tries;

	for (tries = 0; wait || tries < TRIES; tries++) {
		fd = open_old(r, mode);
		if (fd < 0 && errno == EAGAIN)
			continue;
		if (fd < 0)
			return -1;
		if (lock(fd, wait)) {
			saved = errno;
			close(fd);
			errno = saved;
			return -1;
		}
		if (file_is_named(fd, r->path))
			return fd;
		close(fd);
	}
	errno = EAGAIN;
	return -1;
}

/** open_new() - an empty file beside it, with its owner and mode */
static int open_new(const struct atomic_file *r)
{
	struct stat st;
	int fd, saved;

	if (fstat(fileno(r->old), &st) || (unlink(r->fresh) && errno != ENOENT))
		return -1;
	fd = open(r->fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (((st.st_uid != geteuid() || st.st_gid != getegid()) &&
	     fchown(fd, st.st_uid, st.st_gid)) ||
	    fchmod(fd, st.st_mode & 07777)) {
		saved = errno;
		unlink(r->fresh);
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/** name_it() - follow symbolic links, so that the file they lead to is replaced */
static int name_it(struct atomic_file *r, const char *path)
{
	char *real = realpath(path, NULL);
	int failed = file_path(r->path, "%s", real ? real : path);

	free(real);
	return failed || file_path(r->fresh, "%s.new", r->path) ? -1 : 0;
}

/**
 * atomic_file_begin() - take a file's lock and open the new content
 * @r:		Result; on error nothing is held
 * @path:	File; a missing one is created, empty
 * @mode:	Permissions of a created file
 * @wait:	Wait for another writer
 *
 * Return: 0; -1 with errno: EAGAIN when another writer is at work and @wait is false
 */
int atomic_file_begin(struct atomic_file *r, const char *path, mode_t mode, bool wait)
{
	*r = (struct atomic_file){.old = NULL};
	if (name_it(r, path))
		return -1;
	r->old = file_stream(take_turn(r, mode, wait), "r");
	if (!r->old)
		return -1;
	r->new = file_stream(open_new(r), "w");
	if (r->new)
		return 0;
	atomic_file_abort(r);
	return -1;
}

/**
 * atomic_file_commit() - the new content takes the file's place, durably
 * @r:		All content is written to r->new; afterwards closed
 *
 * Return: 0; -1 with errno and the file as it was
 */
int atomic_file_commit(struct atomic_file *r)
{
	int n = fflush(r->new) || ferror(r->new) || fsync(fileno(r->new)) ||
		rename(r->fresh, r->path);
	int saved;

	if (!n) {
		r->fresh[0] = '\0';
		n = file_sync_name(r->path);
	}
	saved = errno;
	atomic_file_abort(r);
	errno = saved;
	return n ? -1 : 0;
}

/** atomic_file_abort() - give up and leave the file unchanged; errno is kept */
void atomic_file_abort(struct atomic_file *r)
{
	int saved = errno;

	if (r->new) {
		if (r->fresh[0])
			unlink(r->fresh);
		fclose(r->new);
	}
	if (r->old)
		fclose(r->old);
	r->old = r->new = NULL;
	errno = saved;
}
