/* SPDX-License-Identifier: MIT */
/*
 * realign.c - find the lines of an allocation file whose bytes have moved
 *
 * Theory of operation
 *
 * An editor, a failed copy or a typing error inserts or removes bytes. From there on no
 * line is at the place of its number, and all of them would count as damaged. But each line
 * begins with its number and ends with a checksum over the whole line, so an intact line
 * can be recognised anywhere.
 *
 * The search goes through the file byte by byte and continues after each line that it
 * finds. It ignores the byte after the checksum: an editor may have changed the line ends.
 * So an edit loses only lines whose bytes it changed. A number can occur twice, after a
 * block was duplicated or when a session wrote to a file that had moved. Then the line that
 * was granted later counts; of two that were granted at the same time, the one in its
 * place, since sessions write there.
 */
#include "alloc/realign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "alloc/lease_line.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/parse.h"

#define BODY_LEN (LINE_LEN - 1) /* a line without its newline */

/** struct search - realign_find() under way */
struct search {
	const char *data;
	off_t size;
	struct realign *out;
	struct realign_line *lines;
	uint32_t room; /* entries of @lines */
};

/** number_at() - the number at the start of a lease line at @body; 0: not a lease line */
static uint32_t number_at(const char *body)
{
	const struct column column = lease_columns[LEASE_NUMBER];
	char text[LINE_COLUMN_MAX + 1];
	uint32_t number;

	if (body[LINE_SUM_AT - 2] != '|' || body[column.at + column.width] != ' ')
		return 0;
	memcpy(text, body + column.at, column.width);
	text[column.width] = '\0';
	return parse_u32(text, 1, LEASE_NUMBER_MAX, &number) ? 0 : number;
}

/** make_room() - grow the array for @number; 0 or -1 with errno */
static int make_room(struct search *s, uint32_t number)
{
	uint32_t room = s->room ? s->room : 1024;
	struct realign_line *more;

	if (number < s->room)
		return 0;
	while (room <= number)
		room *= 2;
	more = reallocarray(s->lines, room, sizeof(*more));
	if (!more)
		return -1;
	s->lines = more;
	while (s->room < room)
		s->lines[s->room++] = (struct realign_line){.at = -1};
	return 0;
}

/** put_line() - record a sound line of @lease at @at; 0 or -1 with errno */
static int put_line(struct search *s, const struct lease *lease, off_t at)
{
	time_t granted = lease->tunnel.granted;
	struct realign_line *line;

	if (make_room(s, lease->number))
		return -1;
	line = &s->lines[lease->number];
	if (line->at >= 0 &&
	    (granted < line->granted ||
	     (granted == line->granted && at != header_line_at(lease->number))))
		return 0;
	*line = (struct realign_line){.at = at, .granted = granted};
	if (lease->number > s->out->capacity)
		s->out->capacity = lease->number;
	return 0;
}

/** try_line() - record a lease line at @at: 1; 0: no line there; -1 with errno */
static int try_line(struct search *s, off_t at)
{
	char line[LINE_LEN];
	struct lease lease;
	const char *why;
	uint32_t number = number_at(s->data + at);

	if (!number)
		return 0;
	memcpy(line, s->data + at, BODY_LEN);
	line[BODY_LEN] = '\n';
	if (lease_decode(line, number, &lease, &why))
		return 0;
	return put_line(s, &lease, at) ? -1 : 1;
}

/** try_header() - read a header at @at */
static bool try_header(struct search *s, off_t at, enum pool_kind kind)
{
	char line[LINE_LEN];
	const char *why;

	if (s->out->has_header || s->data[at + LINE_SUM_AT - 2] != '|' ||
	    s->data[at] != 't')
		return false;
	memcpy(line, s->data + at, BODY_LEN);
	line[BODY_LEN] = '\n';
	s->out->has_header = !header_decode(line, kind, &s->out->header, &why);
	return s->out->has_header;
}

/** search() - search the whole file; 0 or -1 with errno */
static int search(struct search *s, enum pool_kind kind)
{
	off_t at = 0;
	int r;

	while (at + BODY_LEN <= s->size) {
		r = try_line(s, at);
		if (r < 0)
			return -1;
		at += r || try_header(s, at, kind) ? BODY_LEN : 1;
	}
	if (s->out->has_header)
		s->out->capacity = s->out->header.capacity;
	return make_room(s, s->out->capacity);
}

/** count() - count lines that have moved and leases that are lost */
static void count(struct realign *r)
{
	uint32_t i;

	for (i = 1; i <= r->capacity; i++) {
		off_t at = r->lines[i].at;

		r->moved += at >= 0 && at != header_line_at(i);
		r->lost += at < 0;
		r->cut += at < 0 && realign_source(r, i) + BODY_LEN > r->size;
	}
}

/** search_file() - realign_find() without its message */
static int search_file(const struct table *t, struct search *s)
{
	void *data;
	int r, saved;

	if (file_size(t->fd, &s->size))
		return -1;
	if (s->size == 0)
		return make_room(s, 0);
	data = mmap(NULL, (size_t)s->size, PROT_READ, MAP_PRIVATE, t->fd, 0);
	if (data == MAP_FAILED)
		return -1;
	s->data = data;
	r = search(s, t->kind);
	saved = errno;
	munmap(data, (size_t)s->size);
	errno = saved;
	return r;
}

/**
 * realign_find() - find all lines of a file by their checksums
 * @t:		Table, open for TABLE_READ or TABLE_MEND; locked, or nobody writes
 * @out:	Result, for realign_free()
 *
 * Return: 0; -1 with errno, logged, with nothing to be freed
 */
int realign_find(const struct table *t, struct realign *out)
{
	struct search s = {.out = out};
	int r;

	*out = (struct realign){.capacity = 0};
	r = search_file(t, &s);
	out->lines = s.lines;
	out->size = s.size;
	if (!r) {
		count(out);
		return 0;
	}
	log_msg(LOG_ERR, "%s: cannot be searched: %m", t->path);
	realign_free(out);
	return -1;
}

/** realign_at() - offset of the sound line of a lease; -1: no such line */
off_t realign_at(const struct realign *r, uint32_t number)
{
	return r->lines && number <= r->capacity ? r->lines[number].at : -1;
}

/**
 * realign_source() - offset of a lease's line, sound or damaged
 * @r:		From realign_find()
 * @number:	Lease number, 1 to @capacity
 *
 * A damaged line begins after the line before it, if that is sound.
 *
 * Return: offset; it may be beyond the end of the file
 */
off_t realign_source(const struct realign *r, uint32_t number)
{
	off_t at = realign_at(r, number);

	if (at >= 0)
		return at;
	if (number > 1 && realign_at(r, number - 1) >= 0)
		return realign_at(r, number - 1) + LINE_LEN;
	return header_line_at(number);
}

/**
 * realign_read() - read the line of a lease at its offset, sound or damaged
 * @t:		Table, as for realign_find()
 * @r:		From realign_find()
 * @number:	Lease number, 1 to @capacity
 * @out:	Result; unchanged if the line is beyond the end of the file
 *
 * Return: 0; -1 with errno, logged
 */
int realign_read(const struct table *t, const struct realign *r, uint32_t number,
		 char out[LINE_LEN])
{
	off_t at = realign_source(r, number);

	if (at + BODY_LEN > r->size)
		return 0;
	out[BODY_LEN] = '\n';
	return table_raw_read(t, at, out, BODY_LEN);
}

/** realign_free() - free the memory of a result */
void realign_free(struct realign *r)
{
	free(r->lines);
	r->lines = NULL;
}
