/* SPDX-License-Identifier: MIT */
/*
 * file_stamp.c - notice that a file was changed or replaced
 *
 * Take the stamp before you read the file: a change in between then shows. Kernels count
 * the time of change in steps of some milliseconds, so that a second change soon after the
 * first may leave no trace. The stamp of a file that was changed just now therefore never
 * holds.
 */
#include "lib/file_stamp.h"

#include <sys/stat.h>
#include <time.h>

#define STEP_NS 20000000 /* longer than a kernel's step: at most 10 ms */

/** read_stamp() - the present state of a file; all zero if stat() fails */
static struct file_stamp read_stamp(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return (struct file_stamp){0};
	return (struct file_stamp){.device = st.st_dev,
				   .inode = st.st_ino,
				   .size = (uint64_t)st.st_size,
				   .seconds = st.st_ctim.tv_sec,
				   .nanoseconds = (uint32_t)st.st_ctim.tv_nsec};
}

/**
 * file_stamp_take() - remember the present state of a file
 * @path:	File; a symbolic link is followed
 * @out:	Result; a stamp that never holds for a missing file, or one changed just now
 */
void file_stamp_take(const char *path, struct file_stamp *out)
{
	struct timespec now;
	int64_t age;

	*out = read_stamp(path);
	clock_gettime(CLOCK_REALTIME, &now);
	age = (now.tv_sec - out->seconds) * INT64_C(1000000000) + now.tv_nsec -
	      out->nanoseconds;
	if (age >= 0 && age < STEP_NS)
		*out = (struct file_stamp){0};
}

/** file_stamp_holds() - the file has not changed since the stamp was taken */
bool file_stamp_holds(const char *path, const struct file_stamp *stamp)
{
	struct file_stamp now = read_stamp(path);

	return stamp->inode && now.device == stamp->device && now.inode == stamp->inode &&
	       now.size == stamp->size && now.seconds == stamp->seconds &&
	       now.nanoseconds == stamp->nanoseconds;
}
