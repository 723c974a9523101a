/* SPDX-License-Identifier: MIT */
/*
 * rebuild.c - replace an allocation file by one with the same leases
 *
 * Theory of operation
 *
 * A lease keeps its number and so its addresses; a file of another capacity differs only in
 * its index. The new file is built beside the old one and renamed over it, so that a
 * process killed at any moment leaves one whole file under the name.
 *
 *	1. Lock line 0 of the file, which no session locks: one rebuild at a time. A file
 *	   under the temporary name was left by a killed rebuild.
 *	2. Build the new file in full size and copy all lines without the lock: handlers
 *	   continue meanwhile. Slow, and synced.
 *	3. Take its lock while no session holds a lease: such a session would find its
 *	   file replaced (ESTALE) after its client was told of a tunnel. Sessions that hold
 *	   a lease need the lock to end, so it is released between the attempts.
 *	4. Compare all lines again and copy the few that have changed. Fast.
 *	5. Sync, rename, sync the directory, unlock. Handlers that waited for the lock of
 *	   the old file see that the name leads elsewhere and open the new one (table.c).
 *
 * Damaged lines are copied unchanged; mend.c mends them. If the file is open for TABLE_MEND,
 * realign.c finds lines that an edit has moved. Lines of format 1 are converted on the way
 * (convert.c); the old file gets the name FILE.v1 as well before the new one replaces it.
 */
#include "alloc/rebuild.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alloc/beside.h"
#include "alloc/convert.h"
#include "alloc/index.h"
#include "alloc/realign.h"
#include "lib/log.h"

#define COPY_LINES 256 /* lines compared at once */
#define TRY_MS     20  /* between checks for held leases */

/** struct copy - a rebuild under way */
struct copy {
	struct table *from;
	struct convert convert; /* when @from has format 1 */
	uint32_t may_lose;      /* leases of format 1 that may be lost */
	struct realign lines;   /* of @from; TABLE_MEND only */
	struct table to;        /* under its temporary name */
	struct rebuild *out;
};

/** fail() - log an error of the new file; always REBUILD_ERROR */
static enum rebuild_result fail(const struct copy *copy, const char *what)
{
	log_msg(LOG_ERR, "%s: %s: %m", copy->to.path, what);
	return REBUILD_ERROR;
}

static bool is_format1(const struct copy *copy)
{
	return copy->from->line_len != LINE_LEN;
}

/** copy_line() - copy a lease line and write index entries for its lease */
static int copy_line(struct copy *copy, uint32_t number, const char *old,
		     const char *current)
{
	char converted[LINE_LEN];
	const char *line = old;
	struct lease lease;
	const char *why;

	if (is_format1(copy)) {
		if (convert_line(&copy->convert, &copy->to, number, old, current,
				 converted))
			return -1;
		line = converted;
	}
	if (!memcmp(line, current, LINE_LEN))
		return 0;
	if (!lease_decode(line, number, &lease, &why) && index_add(&copy->to, &lease))
		return -1;
	return table_raw_write(&copy->to, header_line_at(number), line, LINE_LEN);
}

/** read_old() - read lines of the old file; for lost lines, take those of the new one */
static int read_old(const struct copy *copy, uint32_t first, uint32_t count, char *old,
		    const char *new)
{
	size_t stride = copy->from->line_len;
	uint32_t i;

	if (!copy->lines.lines)
		return table_raw_read(copy->from, (off_t)(first * stride), old,
				      count * stride);
	memcpy(old, new, (size_t)count * LINE_LEN);
	for (i = 0; i < count; i++) {
		if (realign_read(copy->from, &copy->lines, first + i,
				 old + (size_t)i * LINE_LEN))
			return -1;
	}
	return 0;
}

/** last_line() - number of the last lease that both files have */
static uint32_t last_line(const struct copy *copy)
{
	uint32_t last = copy->lines.lines ? copy->lines.capacity : copy->from->capacity;

	return last < copy->to.capacity ? last : copy->to.capacity;
}

/** copy_lines() - copy all lease lines that differ to the new file */
static int copy_lines(struct copy *copy, char *old, char *new)
{
	uint32_t last = last_line(copy), first, count, i;
	size_t stride = copy->from->line_len;

	for (first = 1; first <= last; first += count) {
		count = last - first + 1 < COPY_LINES ? last - first + 1 : COPY_LINES;
		if (table_raw_read(&copy->to, header_line_at(first), new,
				   (size_t)count * LINE_LEN) ||
		    read_old(copy, first, count, old, new))
			return -1;
		for (i = 0; i < count; i++) {
			if (copy_line(copy, first + i, old + i * stride,
				      new + (size_t)i *LINE_LEN))
				return -1;
		}
	}
	return 0;
}

/** find_lines() - find the lines of a file that may be damaged; 0, or -1, logged */
static int find_lines(struct copy *copy)
{
	realign_free(&copy->lines);
	return copy->from->use == TABLE_MEND ? realign_find(copy->from, &copy->lines) : 0;
}

/** copy_all() - copy_lines(), durably */
static enum rebuild_result copy_all(struct copy *copy)
{
	char *lines = malloc((size_t)2 * COPY_LINES * LINE_LEN);
	int r = -1;

	if (!lines)
		return fail(copy, "cannot copy");
	/* searched again each time: a session may have written meanwhile */
	if (!find_lines(copy))
		r = copy_lines(copy, lines, lines + (size_t)COPY_LINES * LINE_LEN);
	free(lines);
	return r || table_sync(&copy->to) ? REBUILD_ERROR : REBUILD_OK;
}

/** rebuild_lock_idle() - take the lock while no session holds a lease, or say what failed */
enum rebuild_result rebuild_lock_idle(struct table *t, unsigned wait_seconds)
{
	const struct timespec pause = {.tv_nsec = TRY_MS * 1000000L};
	long tries = (long)wait_seconds * 1000 / TRY_MS;
	int held;

	for (;;) {
		if (table_lock(t))
			return REBUILD_ERROR;
		held = table_any_held(t);
		if (held == 0)
			return REBUILD_OK;
		table_unlock(t);
		if (held < 0)
			return REBUILD_ERROR;
		if (tries-- <= 0)
			return REBUILD_SESSIONS;
		nanosleep(&pause, NULL);
	}
}

/** swap() - copy late changes and rename the new file into place; with the lock */
static enum rebuild_result swap(struct copy *copy)
{
	enum rebuild_result r = rebuild_check(copy->from, copy->to.capacity, copy->out);

	if (r == REBUILD_OK)
		r = copy_all(copy);
	if (r != REBUILD_OK)
		return r;
	if (is_format1(copy) && convert_keep(copy->from->path))
		return fail(copy, "cannot keep the old file");
	if (rename(copy->to.path, copy->from->path))
		return fail(copy, "cannot rename");
	beside_sync_name(copy->from->path);
	return REBUILD_OK;
}

/** rebuild_held() - rebuild_table() with line 0 held */
static enum rebuild_result rebuild_held(struct copy *copy, unsigned wait_seconds)
{
	enum rebuild_result r = rebuild_check(copy->from, copy->to.capacity, copy->out);

	if (r == REBUILD_OK && beside_create(&copy->to, copy->from))
		r = REBUILD_ERROR;
	if (r == REBUILD_OK)
		r = copy_all(copy);
	copy->out->lost = copy->convert.lost;
	if (r == REBUILD_OK && copy->out->lost > copy->may_lose)
		r = REBUILD_LOSSES;
	if (r == REBUILD_OK)
		r = rebuild_lock_idle(copy->from, wait_seconds);
	if (r == REBUILD_OK) {
		r = swap(copy);
		table_unlock(copy->from);
	}
	if (r != REBUILD_OK && copy->to.fd >= 0)
		unlink(copy->to.path);
	table_close(&copy->to);
	return r;
}

/** prepare() - describe the new file; 0, or -1 with errno, logged */
static int prepare(struct copy *copy, uint32_t capacity, const struct pool_ranges *ranges)
{
	struct header header = {.identity = copy->from->identity,
				.ranges = copy->from->ranges};
	struct table *to = &copy->to;

	if (find_lines(copy))
		return -1;
	memcpy(header.key, copy->from->key, sizeof(header.key));
	*to = (struct table){.fd = -1,
			     .locks = -1,
			     .kind = copy->from->kind,
			     .use = TABLE_MEND,
			     .capacity = capacity,
			     .line_len = LINE_LEN,
			     .locked = true}; /* no other process knows the file */
	if (!header.identity && copy->lines.has_header)
		header = copy->lines.header;
	if (!header.identity) {
		if (header_randomise(&header) || convert_begin(&copy->convert)) {
			log_msg(LOG_ERR, "%s: no random key: %m", copy->from->path);
			return -1;
		}
		if (copy->from->recorded)
			header.identity = copy->from->recorded;
		header.ranges = *ranges;
	}
	memcpy(to->key, header.key, sizeof(to->key));
	to->identity = header.identity;
	to->ranges = header.ranges;
	return 0;
}

/** rebuild() - rebuild_table() or rebuild_convert() */
static enum rebuild_result rebuild(struct copy *copy, uint32_t capacity,
				   const struct pool_ranges *ranges,
				   unsigned wait_seconds)
{
	struct table *t = copy->from;
	enum rebuild_result r;

	if (prepare(copy, capacity, ranges)) {
		r = REBUILD_ERROR;
	} else if (table_hold(t, 0)) {
		r = errno == EAGAIN ? REBUILD_BUSY : REBUILD_ERROR;
	} else {
		r = table_is_current(t) ? rebuild_held(copy, wait_seconds) : REBUILD_BUSY;
		table_release(t, 0);
	}
	realign_free(&copy->lines);
	return r;
}

/**
 * rebuild_table() - replace a file by one of @capacity leases with a new index
 * @t:			Table, unlocked; its header or size may be damaged.
 *			Afterwards still the old file; table_lock() opens the new one.
 * @capacity:		Leases of the new file
 * @ranges:		Its ranges if the old header is lost
 * @wait_seconds:	How long to wait for sessions to let go of their leases
 * @out:		What there is to say
 *
 * Return: enum rebuild_result
 */
enum rebuild_result rebuild_table(struct table *t, uint32_t capacity,
				  const struct pool_ranges *ranges, unsigned wait_seconds,
				  struct rebuild *out)
{
	struct copy copy = {.from = t, .out = out};

	return rebuild(&copy, capacity, ranges, wait_seconds);
}

/**
 * rebuild_convert() - replace a file of format 1 by one of format 2
 * @t:			Table, open for TABLE_OLD, unlocked; the file stays as FILE.v1
 * @ranges:		Ranges of the new file
 * @may_lose:		Leases whose damaged lines may become free
 * @wait_seconds:	How long to wait for sessions to let go of their leases
 * @out:		What there is to say
 *
 * Return: enum rebuild_result
 */
enum rebuild_result rebuild_convert(struct table *t, const struct pool_ranges *ranges,
				    uint32_t may_lose, unsigned wait_seconds,
				    struct rebuild *out)
{
	struct copy copy = {.from = t, .out = out, .may_lose = may_lose};

	return rebuild(&copy, t->capacity, ranges, wait_seconds);
}
