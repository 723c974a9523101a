/* SPDX-License-Identifier: MIT */
/*
 * file.c - names of files; their identity and size, without reading their times
 *
 * fstat() reads the times as well. Since Linux 6.13 the next write then changes them, and
 * the inode must be written with it: on ext4 without a journal fdatasync() waits for the
 * disk once more (docs/performance.md).
 *
 * statx() and close_range() are called without the C library: musl declares neither.
 */
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/timestamp.h"

#define COPY_BYTES ((size_t)128 * 1024)
#define DATED_MAX  100 /* files of one second */

/** file_path() - print a path; 0, or -1 with ENAMETOOLONG */
int file_path(char out[PATH_MAX], const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out, PATH_MAX, format, args);
	va_end(args);
	if (n >= 0 && n < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/**
 * file_dated() - make a file beside another one, with a time in its name
 * @path:	The other file
 * @mark:	Stands between its name and the time
 * @now:	Time
 * @make:	Makes the new file
 * @context:	For @make
 * @out:	Result: its name; "-2", "-3" ... follow the time in further names of a second
 *
 * Return: 0; -1 with errno, EEXIST when the second has no name left
 */
int file_dated(const char *path, const char *mark, time_t now, file_maker *make,
	       void *context, char out[PATH_MAX])
{
	char time[TIMESTAMP_LEN], number[12] = "";
	unsigned i;

	timestamp_format(now, time);
	for (i = 1; i <= DATED_MAX; i++) {
		if (file_path(out, "%s%s%s%s", path, mark, time, number))
			return -1;
		if (!make(context, out))
			return 0;
		if (errno != EEXIST)
			return -1;
		snprintf(number, sizeof(number), "-%u", i + 1);
	}
	return -1;
}

/** ask() - statx() of an open file, or of a path when @fd is AT_FDCWD; 0, or -1 with errno */
static int ask(int fd, const char *path, unsigned wanted, struct statx *out)
{
	return (int)syscall(SYS_statx, fd, path, *path ? 0 : AT_EMPTY_PATH, wanted, out);
}

/** file_close_range() - close descriptors, see close_range(2); 0, or -1 with errno */
int file_close_range(unsigned first, unsigned last)
{
	return (int)syscall(SYS_close_range, first, last, 0);
}

/**
 * file_size() - the length of an open file
 * @fd:		Descriptor
 * @size:	Result, bytes
 *
 * Return: 0, or -1 with errno
 */
int file_size(int fd, off_t *size)
{
	struct statx file;

	if (ask(fd, "", STATX_SIZE, &file))
		return -1;
	*size = (off_t)file.stx_size;
	return 0;
}

/** file_is_named() - @path leads to the file that is open as @fd */
bool file_is_named(int fd, const char *path)
{
	struct statx file, named;

	return !ask(fd, "", STATX_INO, &file) &&
	       !ask(AT_FDCWD, path, STATX_INO, &named) && file.stx_ino == named.stx_ino &&
	       file.stx_dev_major == named.stx_dev_major &&
	       file.stx_dev_minor == named.stx_dev_minor;
}

/** file_sync_name() - make a new name in a file's directory durable; 0 or -1 with errno */
int file_sync_name(const char *path)
{
	char dir[PATH_MAX];
	char *slash;
	int fd, r;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	r = fsync(fd);
	close(fd);
	return r;
}

/**
 * file_stream() - fdopen() that does not leak the descriptor
 * @fd:		Descriptor; the stream owns it, and it is closed when there is no stream. -1
 *		with errno set: NULL is returned
 * @mode:	As for fopen()
 *
 * Return: the stream; NULL with errno
 */
FILE *file_stream(int fd, const char *mode)
{
	FILE *stream = fd < 0 ? NULL : fdopen(fd, mode);
	int saved = errno;

	if (!stream && fd >= 0)
		close(fd); /* cppcheck-suppress doubleFree ; fdopen() has failed */
	errno = saved;
	return stream;
}

/** file_of_program() - the path of the running program; 0, or -1 with errno */
int file_of_program(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (n < 0)
		return -1;
	path[n] = '\0';
	return 0;
}

/**
 * file_beside_program() - the path of another program in the running program's directory
 * @name:	Its name
 * @path:	Result
 *
 * Return: 0; -1 with errno: ENOENT if this process cannot reach that directory by name,
 * ENAMETOOLONG if the path is too long
 */
int file_beside_program(const char *name, char path[PATH_MAX])
{
	char *slash;

	if (file_of_program(path))
		return -1;
	slash = strrchr(path, '/');
	if (!slash || *path != '/') { /* "(unreachable)/..." */
		errno = ENOENT;
		return -1;
	}
	if (strlen(name) >= (size_t)(path + PATH_MAX - slash - 1)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(slash + 1, name);
	return 0;
}

/** file_write() - write the whole buffer; 0, or -1 with errno */
int file_write(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len; data += n, len -= (size_t)n) {
		do
			n = write(fd, data, len);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return -1;
	}
	return 0;
}

/**
 * file_copy() - copy a part of a file
 * @from:	Descriptor to read from
 * @at:		Offset there
 * @len:	Bytes
 * @to:		Descriptor to write to, at its position
 *
 * Return: 0; -1 with errno, EBADMSG if @from ends too early
 */
int file_copy(int from, off_t at, off_t len, int to)
{
	char *chunk = malloc(COPY_BYTES);
	ssize_t n = 0;
	int r = chunk ? 0 : -1;

	for (; !r && len; at += n, len -= n) {
		do
			n = pread(from, chunk,
				  (uint64_t)len < COPY_BYTES ? (size_t)len : COPY_BYTES,
				  at);
		while (n < 0 && errno == EINTR);
		if (n == 0)
			errno = EBADMSG;
		r = n <= 0 || file_write(to, chunk, (size_t)n) ? -1 : 0;
	}
	free(chunk);
	return r;
}
