/* SPDX-License-Identifier: MIT */
/* header.c - line 0 of an allocation file, and the size that follows from it */
#include "alloc/header.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "alloc/lease_line.h"
#include "lib/parse.h"

#define MAGIC   "tsp-leases"
#define VERSION "1"
#define NOTE    "tsp-leases(5); change it with tspctl only"

enum column_name {
	COL_MAGIC,
	COL_VERSION,
	COL_POOL,
	COL_CAPACITY,
	COL_KEY,
	COL_KEY_END,
	COLUMNS
};

static const struct column columns[COLUMNS] = {
	[COL_MAGIC] = {0, 10},    [COL_VERSION] = {11, 3}, [COL_POOL] = {15, 9},
	[COL_CAPACITY] = {25, 8}, [COL_KEY] = {34, 16},    [COL_KEY_END] = {51, 16},
};
static const struct column note = {68, 64}; /* for people; not read */

/** header_encode() - line 0 */
void header_encode(const struct header *header, char line[LINE_LEN])
{
	char hex[17];

	line_clear(line);
	line_put(line, columns[COL_MAGIC], MAGIC);
	line_put(line, columns[COL_VERSION], VERSION);
	line_put(line, columns[COL_POOL], pool_name(header->kind));
	line_put_number(line, columns[COL_CAPACITY], header->capacity);
	snprintf(hex, sizeof(hex), "%016" PRIx64, header->key[0]);
	line_put(line, columns[COL_KEY], hex);
	snprintf(hex, sizeof(hex), "%016" PRIx64, header->key[1]);
	line_put(line, columns[COL_KEY_END], hex);
	line_put(line, note, NOTE);
	line_seal(line);
}

/** get_header() - everything behind the version: NULL, or what is wrong */
static const char *get_header(const char line[LINE_LEN], enum pool_kind kind,
			      struct header *out)
{
	char text[COLUMNS][LINE_COLUMN_MAX + 1];
	int i;

	for (i = 0; i < COLUMNS; i++) {
		if (line_get(line, columns[i], text[i]))
			return "a column of the header holds more than one word";
	}
	if (strcmp(text[COL_POOL], pool_name(kind)) != 0)
		return "the file is another pool's";
	out->kind = kind;
	if (strlen(text[COL_CAPACITY]) != columns[COL_CAPACITY].width ||
	    parse_u32(text[COL_CAPACITY], 1, LEASE_NUMBER_MAX, &out->capacity))
		return "capacity is no number from 1";
	if (parse_hex64(text[COL_KEY], &out->key[0]) ||
	    parse_hex64(text[COL_KEY_END], &out->key[1]))
		return "key is not hexadecimal";
	return NULL;
}

/**
 * header_decode() - what line 0 says
 * @line:	Line, whatever it holds
 * @kind:	The pool this file should be of
 * @out:	Result, undefined on error
 * @why:	On error: what is wrong, for people
 *
 * The version comes before the checksum: another version may put that elsewhere.
 *
 * Return: 0; -1 with EPROTONOSUPPORT for another version, EBADMSG for everything else
 */
int header_decode(const char line[LINE_LEN], enum pool_kind kind, struct header *out,
		  const char **why)
{
	bool sealed = line_is_sealed(line);

	memset(out, 0, sizeof(*out));
	errno = EBADMSG;
	if (!line_has(line, columns[COL_MAGIC], MAGIC)) {
		*why = "not an allocation file";
	} else if (!line_has(line, columns[COL_VERSION], VERSION)) {
		*why = sealed ? "format is of another version"
			      : "format is of another version, or the header is damaged";
		errno = EPROTONOSUPPORT;
	} else if (!sealed) {
		*why = "checksum of the header does not match";
	} else {
		*why = get_header(line, kind, out);
		errno = EBADMSG; /* the parsers have set their own */
	}
	return *why ? -1 : 0;
}

/** header_index_lines() - index lines, nine entries each, of a file for @capacity leases */
uint32_t header_index_lines(uint32_t capacity)
{
	uint32_t lines = (capacity + 1) / 2;

	return lines < HEADER_INDEX_MIN ? HEADER_INDEX_MIN : lines;
}

/** header_file_size() - bytes of a file for @capacity leases */
off_t header_file_size(uint32_t capacity)
{
	return ((off_t)1 + capacity + header_index_lines(capacity)) * LINE_LEN;
}

/**
 * header_capacity_of() - the largest capacity that a file of @size bytes can have
 *
 * For a file whose header is lost: a whole file has one size for each capacity.
 *
 * Return: leases; 0: there is no room for any
 */
uint32_t header_capacity_of(off_t size)
{
	uint32_t low = 0, high = LEASE_NUMBER_MAX, middle;

	while (low < high) {
		middle = high - (high - low) / 2;
		if (header_file_size(middle) <= size)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/** header_line_at() - offset of a line; lease i is line i, the index begins after them */
off_t header_line_at(uint32_t line)
{
	return (off_t)line * LINE_LEN;
}
