/* SPDX-License-Identifier: MIT */
/*
 * table_locks.c - locks on an allocation file and on its leases
 *
 * Theory of operation
 *
 * A process that may read a file can lock it, and could stop the service that way. So the
 * locks are not on the allocation files, which a group of people may read, but on bytes of
 * STATE/lock, mode 0600. They are open-file-description locks, which the kernel releases with
 * their process. Each pool has a range of bytes: the first for the whole file, then one for
 * each line.
 *
 * Readers (TABLE_READ) lock nothing. They can meet a line that is being written: a wrong
 * checksum counts only when it stays (table_read(), table_each()).
 *
 * A writer that is stopped while it has the lock makes others wait, but not for ever: after
 * LOCK_SECONDS they give up.
 *
 * Files of format 1 have their locks on themselves: a session of an earlier version, which
 * knows no other, may be at work.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alloc/lease_line.h"
#include "alloc/ranges.h"
#include "alloc/table.h"
#include "lib/clock.h"
#include "lib/log.h"

#define REOPEN_TRIES 8 /* swaps of the file while we wait for its lock */
#define LOCK_SECONDS 10
#define PAUSE_MIN    50000L /* nanoseconds between two tries */
#define PAUSE_MAX    2000000L
#define POOL_BYTES   ((off_t)1 << 32) /* of the lock file, for each pool */

/** open_locks() - STATE/lock for a file in STATE, made unless @use is TABLE_READ; -1 with errno */
static int open_locks(const char *file, enum table_use use)
{
	int flags = O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW;
	const char *slash = strrchr(file, '/');
	char path[PATH_MAX + sizeof("lock")];
	int len = slash ? (int)(slash - file + 1) : 0, fd;
	struct stat st;

	snprintf(path, sizeof(path), "%.*slock", len, file);
	fd = open(path, flags);
	if (fd >= 0 || errno != ENOENT || use == TABLE_READ)
		return fd;
	fd = open(path, flags | O_CREAT, 0600);
	/* what root makes belongs to the owner of the directory */
	snprintf(path, sizeof(path), "%.*s", len ? len : 1, len ? file : ".");
	if (fd >= 0 && geteuid() == 0 && !stat(path, &st) && st.st_uid != 0 &&
	    fchown(fd, st.st_uid, st.st_gid)) {
		close(fd);
		return -1;
	}
	return fd;
}

/**
 * table_locks_open() - open the file that has the locks of an allocation file
 * @t:		Table; its file is open
 *
 * A reader without permission has no locks.
 *
 * Return: 0; -1 with errno, logged
 */
int table_locks_open(struct table *t)
{
	if (t->use == TABLE_OLD)
		t->locks = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
	else
		t->locks = open_locks(t->path, t->use);
	if (t->locks >= 0 || t->use == TABLE_READ)
		return 0;
	log_msg(LOG_ERR, "%s: cannot open its locks: %m", t->path);
	return -1;
}

/** whole_file() - a lock on the first byte of the pool, for fcntl() */
static struct flock whole_file(const struct table *t, short type)
{
	return (struct flock){.l_type = type,
			      .l_whence = SEEK_SET,
			      .l_start = (off_t)t->kind * POOL_BYTES,
			      .l_len = 1};
}

/** lines() - a lock on lines @first to @last, for fcntl() */
static struct flock lines(const struct table *t, uint32_t first, uint32_t last,
			  short type)
{
	struct flock lock = whole_file(t, type);

	lock.l_start += 1 + (off_t)first;
	lock.l_len = (off_t)last - first + 1;
	if (t->use == TABLE_OLD) {
		lock.l_start = (off_t)first * t->line_len;
		lock.l_len = ((off_t)last - first + 1) * t->line_len;
	}
	return lock;
}

/** try_lock() - lock the file without waiting; 0, or -1 with EAGAIN if it is locked */
static int try_lock(const struct table *t)
{
	struct flock lock = whole_file(t, F_WRLCK);
	int r = t->use == TABLE_OLD ? flock(t->locks, LOCK_EX | LOCK_NB)
				    : fcntl(t->locks, F_OFD_SETLK, &lock);

	if (r && (errno == EACCES || errno == EINTR))
		errno = EAGAIN;
	return r;
}

/** unlock() - end try_lock() */
static void unlock(const struct table *t)
{
	struct flock lock = whole_file(t, F_UNLCK);

	if (t->use == TABLE_OLD)
		flock(t->locks, LOCK_UN);
	else
		fcntl(t->locks, F_OFD_SETLK, &lock);
}

/** wait_lock() - try_lock() until the deadline; -1 with errno, ETIMEDOUT after it */
static int wait_lock(const struct table *t)
{
	struct timespec pause = {.tv_nsec = PAUSE_MIN};
	int64_t deadline = 0;

	while (try_lock(t)) {
		if (errno != EAGAIN)
			return -1;
		if (!deadline)
			deadline = clock_ms() + (int64_t)LOCK_SECONDS * 1000;
		if (clock_ms() > deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < PAUSE_MAX)
			pause.tv_nsec *= 2;
	}
	return 0;
}

/** reopen() - open the file that has replaced ours */
static int reopen(struct table *t)
{
	struct table fresh;

	if (t->held) {
		errno = ESTALE;
		log_msg(LOG_ERR, "%s: the file was replaced under a session", t->path);
		return -1;
	}
	if (table_open_for(&fresh, t->path, t->kind, t->use)) {
		if (errno == ENOENT)
			log_msg(LOG_ERR, "%s: the file was taken away", t->path);
		return -1;
	}
	/* our configuration has the old ranges: it would give out others' addresses */
	if (!ranges_fit(&t->ranges, &fresh.ranges)) {
		table_close(&fresh);
		errno = ESTALE;
		log_msg(LOG_ERR, "%s: its leases were moved to other ranges", t->path);
		return -1;
	}
	table_close(t);
	*t = fresh;
	return 0;
}

/**
 * table_lock() - lock the file to search or change leases; waits, ten seconds at most
 *
 * Calls nest: the last table_unlock() unlocks the file. Readers lock nothing.
 *
 * Return: 0; -1 with errno, logged; ESTALE if the file was replaced although this
 * process holds leases in it, or by one for other ranges; ETIMEDOUT if another process
 * kept the lock
 */
int table_lock(struct table *t)
{
	int tries;

	if (t->locked) {
		t->nested++;
		return 0;
	}
	for (tries = 0; tries < REOPEN_TRIES; tries++) {
		if (t->use != TABLE_READ && wait_lock(t)) {
			log_msg(LOG_ERR, "%s: cannot lock: %m", t->path);
			return -1;
		}
		t->locked = true;
		if (table_is_current(t))
			return 0;
		table_unlock(t);
		if (reopen(t))
			return -1;
	}
	errno = EBUSY;
	log_msg(LOG_ERR, "%s: the file is replaced again and again", t->path);
	return -1;
}

/** table_unlock() - unlock the file, at the last of nested calls */
void table_unlock(struct table *t)
{
	if (t->nested) {
		t->nested--;
		return;
	}
	if (t->locked && t->use != TABLE_READ)
		unlock(t);
	t->locked = false;
}

/**
 * table_hold_run() - hold leases whose numbers follow each other, without waiting
 * @t:		Table
 * @first:	First number
 * @count:	How many, at least 1
 *
 * Return: 0; -1 with EAGAIN when another process holds one of them, else with errno,
 * logged; then none is held
 */
int table_hold_run(struct table *t, uint32_t first, uint32_t count)
{
	struct flock lock = lines(t, first, first + count - 1, F_WRLCK);

	if (!fcntl(t->locks, F_OFD_SETLK, &lock)) {
		t->held += count;
		return 0;
	}
	if (errno == EACCES)
		errno = EAGAIN;
	if (errno != EAGAIN)
		log_msg(LOG_ERR, "%s: cannot hold lease %u: %m", t->path, first);
	return -1;
}

/** table_hold() - table_hold_run() of one lease */
int table_hold(struct table *t, uint32_t number)
{
	return table_hold_run(t, number, 1);
}

/** are_held() - true if another process holds one of the lines: 1, 0, or -1 with errno */
static int are_held(const struct table *t, uint32_t first, uint32_t last)
{
	struct flock lock = lines(t, first, last, F_WRLCK);

	if (t->locks < 0) /* a reader cannot know */
		return 1;
	return fcntl(t->locks, F_OFD_GETLK, &lock) ? -1 : lock.l_type != F_UNLCK;
}

/**
 * table_is_held() - true if another process holds the lease, or a reader cannot know
 *
 * Return: 1, 0, or -1 with errno, logged
 */
int table_is_held(const struct table *t, uint32_t number)
{
	int held = are_held(t, number, number);

	if (held < 0)
		log_msg(LOG_ERR, "%s: cannot ask who holds lease %u: %m", t->path,
			number);
	return held;
}

/**
 * table_any_held() - true if another process holds any lease
 *
 * Return: 1, 0, or -1 with errno, logged
 */
int table_any_held(const struct table *t)
{
	int held = are_held(t, 1, LEASE_NUMBER_MAX);

	if (held < 0)
		log_msg(LOG_ERR, "%s: cannot ask who holds leases: %m", t->path);
	return held;
}

/** table_release_run() - release leases that are held, and whose numbers follow each other */
void table_release_run(struct table *t, uint32_t first, uint32_t count)
{
	struct flock lock = lines(t, first, first + count - 1, F_UNLCK);

	fcntl(t->locks, F_OFD_SETLK, &lock);
	t->held -= count;
}

/** table_release() - release a lease held by table_hold() */
void table_release(struct table *t, uint32_t number)
{
	table_release_run(t, number, 1);
}
