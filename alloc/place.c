/* SPDX-License-Identifier: MIT */
/*
 * place.c - find a line for an owner without a lease
 *
 * The search begins at the line given by the owner's hash and takes windows of 64 lines:
 * the first free line, else the line whose lease ended first, else the next window, through
 * the whole file, so that a pool is reported full only if it is full.
 *
 * If a pool has neither, the oldest lease of a client that has proven nothing gives way, so
 * that such leases cost nobody a place.
 *
 * An ended lease gives its owner the same addresses again. In the users file, where
 * addresses follow from numbers, its line is taken only if FREE_WINDOWS windows have no free
 * line. In a file of up to 8,192 lines these windows are the whole file; in a larger one
 * they are a sample, spread over the file to avoid clusters of lines in use. If one line in
 * a thousand is free, one search in 3,600 finds none.
 *
 * States and times are compared as text, undecoded, since most lines of a full file are not
 * candidates. A line is decoded, checksum included, and held before it is taken.
 */
#include "alloc/place.h"

#include <errno.h>
#include <string.h>

#include "alloc/header.h"
#include "alloc/index.h"
#include "alloc/lease_line.h"
#include "alloc/line.h"
#include "lib/timestamp.h"

#define WINDOW       64 /* lines; also the bits of a line set */
#define FREE_WINDOWS 128
#define FEW          8 /* lines read first: reading a whole window of a large file is slow */
#define TIME_LEN     (TIMESTAMP_LEN - 1)

static const struct column *const state_column = &lease_columns[LEASE_STATE];

/**
 * struct search - a window of lines
 * @t:		Table, locked
 * @now:	Time, in the form of the lines
 * @first:	Line of data[0], from 0
 * @count:	Lines in the window; they wrap at the end of the file
 * @read:	Lines of them that are in data[]
 * @tried:	Set of those that could not be taken
 * @unproven:	Leases without proof may be taken as well
 * @any_unproven:	Result: the file has leases without proof
 */
struct search {
	struct table *t;
	char now[TIMESTAMP_LEN];
	uint32_t first, count, read;
	uint64_t tried;
	bool unproven, any_unproven;
	char data[WINDOW * LINE_LEN];
};

static uint32_t number_of(const struct search *s, uint32_t i)
{
	return (s->first + i) % s->t->capacity + 1;
}

/** read_lines() - read @n lines of the window from line @i, in two reads if they wrap */
static int read_lines(struct search *s, uint32_t i, uint32_t n)
{
	uint32_t at = (s->first + i) % s->t->capacity, to_end = s->t->capacity - at;
	uint32_t here = n < to_end ? n : to_end;
	char *data = s->data + (size_t)i * LINE_LEN;

	if (table_raw_read(s->t, header_line_at(1 + at), data, (size_t)here * LINE_LEN))
		return -1;
	if (here == n)
		return 0;
	return table_raw_read(s->t, header_line_at(1), data + (size_t)here * LINE_LEN,
			      (size_t)(n - here) * LINE_LEN);
}

/** read_on() - read a few lines of the window, then all the others */
static int read_on(struct search *s)
{
	uint32_t n = s->count - s->read;

	if (!s->read && n > FEW)
		n = FEW;
	if (read_lines(s, s->read, n))
		return -1;
	s->read += n;
	return 0;
}

/**
 * take() - hold a line of the window unless it is damaged or held
 *
 * Return: 1: held, decoded; 0: not available; -1 with errno, logged
 */
static int take(struct search *s, uint32_t i, struct lease *out)
{
	uint32_t number = number_of(s, i);

	s->tried |= UINT64_C(1) << i;
	if (table_decode(s->t, s->data + (size_t)i * LINE_LEN, number, out))
		return 0;
	if (!table_hold(s->t, number))
		return 1;
	return errno == EAGAIN ? 0 : -1;
}

/** take_free() - take the first free line, reading no further; results as of take() */
static int take_free(struct search *s, struct lease *out)
{
	uint32_t i;
	int r = 0;

	for (i = 0; i < s->count && !r; i++) {
		if (i == s->read && read_on(s))
			return -1;
		if (line_has(s->data + (size_t)i * LINE_LEN, *state_column,
			     lease_state_name(LEASE_FREE)))
			r = take(s, i, out);
	}
	return r;
}

/** is_unproven() - the lease's client has never shown that it is there */
static bool is_unproven(const char *line)
{
	return line_has(line, *state_column, lease_state_name(LEASE_CLAIMED)) &&
	       line[lease_columns[LEASE_TUNNEL + TUNNEL_HEARD].at] == '-';
}

/**
 * over_since() - when a line's lease ended
 *
 * An offer counts only while it is held, which take() finds out; the time is that of the
 * lease which lease_settle() would make of it.
 *
 * Return: the text of a time in the line, of a lease without proof that of its beginning; NULL
 * for a lease that has not ended
 */
static const char *over_since(struct search *s, const char *line)
{
	const char *since = line + lease_columns[LEASE_TUNNEL + TUNNEL_EXPIRES].at;

	if (line_has(line, *state_column, lease_state_name(LEASE_EXPIRED)))
		return since;
	if (line_has(line, *state_column, lease_state_name(LEASE_OFFERED))) {
		since = line + lease_columns[LEASE_BEFORE + TUNNEL_EXPIRES].at;
		if (*since == '-')
			return line + lease_columns[LEASE_TUNNEL + TUNNEL_GRANTED].at;
	} else if (!line_has(line, *state_column, lease_state_name(LEASE_CLAIMED)) &&
		   !line_has(line, *state_column, lease_state_name(LEASE_PRESENT))) {
		return NULL;
	}
	if (memcmp(since, s->now, TIME_LEN) <= 0)
		return since;
	if (!is_unproven(line))
		return NULL;
	s->any_unproven = true;
	return s->unproven ? line + lease_columns[LEASE_TUNNEL + TUNNEL_GRANTED].at
			   : NULL;
}

/** take_longest_expired() - take the line whose lease ended first; results as of take() */
static int take_longest_expired(struct search *s, struct lease *out)
{
	const char *since, *oldest;
	uint32_t i, best;
	int r = 0;

	do {
		oldest = NULL;
		best = 0;
		for (i = 0; i < s->count; i++) {
			since = s->tried >> i & 1
					? NULL
					: over_since(s, s->data + (size_t)i * LINE_LEN);
			if (since && (!oldest || memcmp(since, oldest, TIME_LEN) < 0)) {
				oldest = since;
				best = i;
			}
		}
		if (oldest)
			r = take(s, best, out);
	} while (oldest && !r);
	return r;
}

/** open_window() - start a window at line @first, counted from 0 */
static void open_window(struct search *s, uint32_t first, uint32_t left)
{
	s->first = first % s->t->capacity;
	s->count = left < WINDOW ? left : WINDOW;
	s->read = 0;
	s->tried = 0;
}

/** find_free() - take a line that was never assigned; results as of take() */
static int find_free(struct search *s, uint64_t hash, struct lease *out)
{
	uint32_t capacity = s->t->capacity, windows = (capacity + WINDOW - 1) / WINDOW, i;
	uint64_t first = hash % capacity;
	int r = 0;

	for (i = 0; i < windows && i < FREE_WINDOWS && !r; i++) {
		open_window(s, (uint32_t)(first % capacity),
			    capacity < WINDOW ? capacity : WINDOW);
		r = take_free(s, out);
		hash = hash * UINT64_C(6364136223846793005) + 1442695040888963407;
		first = windows > FREE_WINDOWS ? hash >> 16 : first + WINDOW;
	}
	return r;
}

/** find_anywhere() - take the first line that may be taken; results as of take() */
static int find_anywhere(struct search *s, uint32_t start, struct lease *out)
{
	uint32_t done;
	int r = 0;

	for (done = 0; done < s->t->capacity && !r; done += s->count) {
		open_window(s, start + done, s->t->capacity - done);
		r = take_free(s, out);
		if (!r)
			r = take_longest_expired(s, out);
	}
	return r;
}

/**
 * place_find() - find and hold a line for a new lease
 * @t:		Table, locked
 * @owner:	Owner of the new lease
 * @now:	Time
 * @out:	Result: the former lease of that line
 *
 * On a full disk errno is ENOSPC, and not EXFULL: a file system that copies on write may have no
 * room even for a line that exists.
 *
 * Return: 0; -1 with EXFULL if the pool is full, else errno, logged
 */
int place_find(struct table *t, const char *owner, time_t now, struct lease *out)
{
	struct search s;
	uint64_t hash = index_owner_key(t, owner).hash;
	uint32_t start = (uint32_t)(hash % t->capacity);
	int r = 0;

	s.t = t; /* no initialiser: it would clear many pages of lines */
	s.unproven = s.any_unproven = false;
	timestamp_format(now, s.now);
	if (t->kind == POOL_USERS)
		r = find_free(&s, hash, out);
	if (!r)
		r = find_anywhere(&s, start, out);
	s.unproven = true;
	if (!r && s.any_unproven)
		r = find_anywhere(&s, start, out);
	if (r == 0)
		errno = EXFULL;
	return r > 0 ? 0 : -1;
}
