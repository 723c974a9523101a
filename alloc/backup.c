/* SPDX-License-Identifier: MIT */
/*
 * backup.c - a consistent copy of all allocation files in one file
 *
 * A backup has lines of 512 bytes, like the files in it: its own header, each allocation
 * file unchanged, and the header once more, so that a backup that was cut off is noticed.
 *
 * All files are locked while they are copied, so no lease can be in two of them or in none.
 * Sessions wait that long; one that holds a lease leaves an offer without a session in the
 * backup, which lease_settle() treats like that of a session that died.
 */
#include "alloc/backup.h"

#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/timestamp.h"

static const struct column magic = {0, 10}, version = {11, 3}, made = {15, 20};

/** build_header() - the line at both ends */
static void build_header(time_t now, char line[LINE_LEN])
{
	char text[TIMESTAMP_LEN];

	timestamp_format(now, text);
	line_clear(line);
	line_put(line, magic, "tsp-backup");
	line_put(line, version, "1");
	line_put(line, made, text);
	line_seal(line);
}

/**
 * backup_write() - copy all open files, at one moment
 * @store:	Files
 * @fd:		Empty file
 *
 * Return: 0; -1 with errno
 */
int backup_write(struct store *store, int fd)
{
	char header[LINE_LEN];
	int r;

	build_header(store->now(), header);
	if (file_write(fd, header, sizeof(header)) || store_lock(store))
		return -1;
	r = 0;
	POOL_EACH(kind) {
		const struct table *t = &store->tables[kind];

		if (!r && t->fd >= 0)
			r = file_copy(t->fd, 0, header_file_size(t->capacity), fd);
	}
	store_unlock(store);
	return r || file_write(fd, header, sizeof(header)) ? -1 : fsync(fd);
}

/** read_line() - read a line; 0, or -1 */
static int read_line(int fd, off_t at, char line[LINE_LEN])
{
	return pread(fd, line, LINE_LEN, at) == LINE_LEN ? 0 : -1;
}

/** read_part() - read the allocation file at @at; its size, or 0 after the last one */
static off_t read_part(struct backup *b, off_t at)
{
	char line[LINE_LEN];
	struct header header;
	const char *why;

	if (read_line(b->fd, at, line))
		return 0;
	POOL_EACH(kind) {
		if (b->has[kind] || header_decode(line, kind, &header, &why))
			continue;
		b->has[kind] = true;
		b->parts[kind] = (struct backup_part){.header = header, .at = at};
		return header_file_size(header.capacity);
	}
	return 0;
}

/**
 * backup_read() - find the allocation files in a backup
 * @fd:		File, which stays open
 * @out:	Result
 * @why:	On error: the fault, for people
 *
 * Return: 0; -1: not a backup, or not a whole one
 */
int backup_read(int fd, struct backup *out, const char **why)
{
	char line[LINE_LEN], last[LINE_LEN], text[LINE_COLUMN_MAX + 1];
	off_t at = LINE_LEN, size, part;

	*out = (struct backup){.fd = fd};
	*why = "not a backup of tspctl";
	if (file_size(fd, &size) || read_line(fd, 0, line) ||
	    !line_has(line, magic, "tsp-backup") || !line_is_sealed(line))
		return -1;
	*why = "a backup of another version";
	if (!line_has(line, version, "1") || line_get(line, made, text) ||
	    timestamp_parse(text, &out->made))
		return -1;
	*why = "the backup is cut off or damaged";
	while ((part = read_part(out, at)))
		at += part;
	if (size != at + LINE_LEN || read_line(fd, at, last) ||
	    memcmp(line, last, sizeof(line)) != 0)
		return -1;
	*why = NULL;
	return 0;
}
