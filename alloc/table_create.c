/* SPDX-License-Identifier: MIT */
/*
 * table_create.c - build an allocation file in its full size and put it in place atomically
 *
 * The file is built under a temporary name beside its final one. Its blocks are allocated
 * first, so a full disk is noticed now and not when a client waits. Then it is synced and
 * linked to its name, which fails if the name exists: if two processes create the file at
 * the same time, both use that of the first. A killed creation leaves a file PATH.XXXXXX,
 * which nothing reads.
 */
#include "alloc/table_create.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc/lease_line.h"
#include "alloc/table.h"
#include "lib/file.h"
#include "lib/log.h"

/*
 * Linux caches the data of one large write as one folio and checks all blocks of a folio if
 * one of them changes: large writes here would make every later lease slower.
 */
#define CHUNK_LINES 16

/** build_line() - write line @i of a new file */
static void build_line(const struct header *header, uint32_t i, char line[LINE_LEN])
{
	struct lease unused = {.number = i, .state = LEASE_FREE};

	if (i == 0) {
		header_encode(header, line);
	} else if (i <= header->capacity) {
		lease_encode(&unused, line);
	} else {
		memset(line, ' ', LINE_LEN); /* no index entries */
		line[LINE_LEN - 1] = '\n';
	}
}

/**
 * table_create_lines() - write every line of a new file, after allocating its blocks; durably
 * @fd:		Empty file
 * @header:	Its header
 *
 * Return: 0; -1 with errno
 */
int table_create_lines(int fd, const struct header *header)
{
	uint32_t lines = (uint32_t)(header_file_size(header->capacity) / LINE_LEN);
	char *chunk = malloc((size_t)CHUNK_LINES * LINE_LEN);
	uint32_t i, n = 0;
	int r = -1;

	if (!chunk)
		return -1;
	errno = posix_fallocate(fd, 0, header_file_size(header->capacity));
	if (errno)
		goto out;
	for (i = 0; i < lines; i++) {
		build_line(header, i, chunk + (size_t)n++ * LINE_LEN);
		if (n < CHUNK_LINES && i + 1 < lines)
			continue;
		if (file_write(fd, chunk, (size_t)n * LINE_LEN))
			goto out;
		n = 0;
	}
	r = fsync(fd);
out:
	free(chunk);
	return r;
}

/** create_as() - build under the name that mkostemp() makes of @temporary, then link */
static int create_as(const char *path, char *temporary, const struct header *header)
{
	int fd = mkostemp(temporary, O_CLOEXEC);
	int r = -1, saved;

	if (fd < 0)
		return -1;
	/* The group may read the file, so that its members can use tspctl */
	if (!table_create_lines(fd, header) && !fchmod(fd, 0640) &&
	    (!link(temporary, path) || errno == EEXIST))
		r = 0;
	saved = errno;
	close(fd);
	unlink(temporary);
	errno = saved;
	return r ? r : file_sync_name(path);
}

/**
 * table_create() - create an allocation file unless it exists
 * @path:	Its name; the directory must exist
 * @kind:	Its pool
 * @capacity:	Leases, 1 to LEASE_NUMBER_MAX
 * @ranges:	Ranges that addresses are taken from; NULL: not recorded
 *
 * Return: 0, also if another process was first; -1 with errno, logged, nothing left behind
 */
int table_create(const char *path, enum pool_kind kind, uint32_t capacity,
		 const struct pool_ranges *ranges)
{
	struct header header = {.kind = kind, .capacity = capacity};
	char temporary[PATH_MAX];

	if (ranges)
		header.ranges = *ranges;
	if (capacity < 1 || capacity > LEASE_NUMBER_MAX)
		errno = ERANGE;
	else if (!file_path(temporary, "%s.XXXXXX", path) && !header_randomise(&header) &&
		 !create_as(path, temporary, &header))
		return 0;

	log_msg(LOG_ERR, "%s: cannot create an allocation file of %u leases: %m%s", path,
		capacity,
		errno == ENOSPC ? ": make room, or choose a smaller capacity" : "");
	return -1;
}

/** table_make() - create the file of a configured pool unless it exists; as table_create() */
int table_make(const struct config *config, enum pool_kind kind)
{
	struct pool_ranges ranges = pool_ranges(config, kind);
	char path[PATH_MAX];

	return pool_path(config, kind, path)
		       ? -1
		       : table_create(path, kind, pool_config(config, kind)->capacity,
				      &ranges);
}
