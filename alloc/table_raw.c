/* SPDX-License-Identifier: MIT */
/* table_raw.c - read and write bytes of an allocation file completely */
#include <errno.h>
#include <unistd.h>

#include "alloc/table.h"
#include "lib/log.h"

/**
 * table_raw_read() - read bytes of the file
 *
 * Return: 0; -1 with errno, logged; EIO if the file ends too early
 */
int table_raw_read(const struct table *t, off_t at, void *data, size_t len)
{
	char *p = (char *)data;
	ssize_t n;

	for (; len; p += n, at += n, len -= (size_t)n) {
		do
			n = pread(t->fd, p, len, at);
		while (n < 0 && errno == EINTR);
		if (n == 0)
			errno = EIO;
		if (n <= 0) {
			log_msg(LOG_ERR, "%s: cannot read: %m", t->path);
			return -1;
		}
	}
	return 0;
}

/**
 * table_raw_write() - write bytes of the file, with the lock held
 *
 * Return: 0; -1 with errno, logged
 */
int table_raw_write(struct table *t, off_t at, const void *data, size_t len)
{
	const char *p = (const char *)data;
	ssize_t n;

	t->dirty = true;
	for (; len; p += n, at += n, len -= (size_t)n) {
		do
			n = pwrite(t->fd, p, len, at);
		while (n < 0 && errno == EINTR);
		if (n == 0)
			errno = EIO;
		if (n <= 0) {
			log_msg(LOG_ERR, "%s: cannot write: %m", t->path);
			return -1;
		}
	}
	return 0;
}
