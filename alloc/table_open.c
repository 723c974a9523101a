/* SPDX-License-Identifier: MIT */
/*
 * table_open.c - open an allocation file, sound or damaged
 *
 * Handlers refuse a file whose header or size is wrong: a guess could give addresses twice.
 * Commands that show or mend files work with the rest of one: the capacity follows from the
 * size, and lease lines can be read without a header.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "alloc/format1.h"
#include "alloc/header.h"
#include "alloc/table.h"
#include "lib/file.h"
#include "lib/log.h"

/**
 * load_damaged() - load the readable parts of a file that TABLE_SERVE refuses
 * @t:		Table; capacity from a sound header, or 0
 * @size:	Bytes of the file
 * @why:	Its fault
 */
static int load_damaged(struct table *t, off_t size, const char *why)
{
	uint32_t whole = (uint32_t)(size / LINE_LEN);

	t->promised = t->capacity;
	if (!t->capacity)
		t->capacity = header_capacity_of(size);
	else if (t->capacity >= whole)
		t->capacity = whole ? whole - 1 : 0;
	t->damage = why;
	if (t->capacity)
		return 0;
	errno = EBADMSG;
	log_msg(LOG_ERR, "%s: %s, and there are no lines", t->path, why);
	return -1;
}

/** load_header() - take kind, capacity and key from line 0 of the open file */
static int load_header(struct table *t)
{
	char line[LINE_LEN];
	struct header header;
	const char *why;
	off_t size;

	if (file_size(t->fd, &size)) {
		log_msg(LOG_ERR, "%s: %m", t->path);
		return -1;
	}
	memset(line, 0, sizeof(line));
	if (size >= LINE_LEN && table_raw_read(t, 0, line, sizeof(line)))
		return -1;
	if (header_decode(line, t->kind, &header, &why)) {
		if (t->use != TABLE_SERVE && errno == EBADMSG && !line_is_sealed(line))
			return load_damaged(t, size, why);
		log_msg(LOG_ERR, "%s:1: %s; the file is left unchanged", t->path, why);
		return -1;
	}
	t->capacity = header.capacity;
	memcpy(t->key, header.key, sizeof(t->key));
	t->identity = header.identity;
	t->ranges = header.ranges;
	if (size >= header_file_size(header.capacity))
		return 0;
	if (t->use != TABLE_SERVE)
		return load_damaged(t, size, "the file is too short");
	errno = EBADMSG;
	log_msg(LOG_ERR, "%s: shorter than %u leases need; the file is left unchanged",
		t->path, header.capacity);
	return -1;
}

/** load_old() - capacity and key of a file of format 1; EALREADY for any other file */
static int load_old(struct table *t)
{
	char head[2 * FORMAT1_LINE_LEN];
	off_t size;

	if (file_size(t->fd, &size)) {
		log_msg(LOG_ERR, "%s: %m", t->path);
		return -1;
	}
	errno = EALREADY;
	if (size < (off_t)sizeof(head) || table_raw_read(t, 0, head, sizeof(head)) ||
	    !format1_is_file(head))
		return -1;
	t->capacity = format1_capacity(head, t->kind, size, t->key);
	if (t->capacity)
		return 0;
	errno = EBADMSG;
	log_msg(LOG_ERR, "%s: not a file of pool %s; it is left unchanged", t->path,
		pool_name(t->kind));
	return -1;
}

/**
 * table_open_for() - open an allocation file
 * @t:		Result; on error closed
 * @path:	Its name
 * @kind:	Its pool
 * @use:	Purpose; except for TABLE_SERVE, a damaged file sets t->damage
 *
 * Return: 0; -1 with errno; everything but ENOENT, and EALREADY for TABLE_OLD, is logged
 */
int table_open_for(struct table *t, const char *path, enum pool_kind kind,
		   enum table_use use)
{
	int saved;

	*t = (struct table){.fd = -1,
			    .locks = -1,
			    .kind = kind,
			    .use = use,
			    .line_len = use == TABLE_OLD ? FORMAT1_LINE_LEN : LINE_LEN};
	if (file_path(t->path, "%s", path))
		return -1;
	t->fd = open(path,
		     (use == TABLE_READ ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY);
	if (t->fd < 0) {
		if (errno != ENOENT)
			log_msg(LOG_ERR, "%s: cannot open: %m", path);
		return -1;
	}
	if (!(use == TABLE_OLD ? load_old(t) : load_header(t)) && !table_locks_open(t))
		return 0;
	saved = errno;
	table_close(t);
	errno = saved;
	return -1;
}

/** table_open_quietly() - open to read, without logging that it is no allocation file */
int table_open_quietly(struct table *t, const char *path, enum pool_kind kind)
{
	char line[LINE_LEN];
	struct header header;
	const char *why;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : pread(fd, line, sizeof(line), 0);

	if (fd >= 0)
		close(fd);
	if (n != LINE_LEN || header_decode(line, kind, &header, &why)) {
		errno = n < 0 ? errno : EBADMSG;
		return -1;
	}
	return table_open_for(t, path, kind, TABLE_READ);
}

/** table_open() - table_open_for() to serve clients */
int table_open(struct table *t, const char *path, enum pool_kind kind)
{
	return table_open_for(t, path, kind, TABLE_SERVE);
}

/** table_close() - close the file, if open, and release every lock */
void table_close(struct table *t)
{
	if (t->fd < 0)
		return;
	close(t->fd);
	if (t->locks >= 0)
		close(t->locks);
	t->fd = t->locks = -1;
	t->locked = false;
	t->held = 0;
}
