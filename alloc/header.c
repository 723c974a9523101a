/* SPDX-License-Identifier: MIT */
/* header.c - line 0 of an allocation file, and the size of the file */
#include "alloc/header.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "alloc/lease_line.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/prefix.h"
#include "lib/random.h"

#define MAGIC   "tsp-leases"
#define VERSION "2"
#define NOTE    "tsp-leases(5); change it with tspctl only"

enum column_name {
	COL_MAGIC,
	COL_VERSION,
	COL_POOL,
	COL_CAPACITY,
	COL_KEY,
	COL_KEY_END,
	COL_IDENTITY,
	COL_LINK,
	COL_PREFIX,
	COL_DELEGATE,
	COLUMNS
};

static const struct column columns[COLUMNS] = {
	[COL_MAGIC] = {0, 10},     [COL_VERSION] = {11, 3}, [COL_POOL] = {15, 9},
	[COL_CAPACITY] = {25, 8},  [COL_KEY] = {34, 16},    [COL_KEY_END] = {51, 16},
	[COL_IDENTITY] = {68, 16}, [COL_LINK] = {85, 43},   [COL_PREFIX] = {129, 43},
	[COL_DELEGATE] = {173, 3},
};
static const struct column note = {177, 64}; /* for people; not read */

static void put_hex(char line[LINE_LEN], struct column column, uint64_t number)
{
	char hex[FORMAT_HEX64_LEN];

	format_hex64(number, hex);
	line_put(line, column, hex);
}

/** put_range() - a prefix, or "-" for none */
static void put_range(char line[LINE_LEN], struct column column,
		      const struct prefix6 *range)
{
	char text[PREFIX6_TEXT_LEN] = "-";

	if (range->len)
		prefix6_format(range, text);
	line_put(line, column, text);
}

/** header_encode() - write line 0 */
void header_encode(const struct header *header, char line[LINE_LEN])
{
	const struct pool_ranges *ranges = &header->ranges;
	char delegate[4] = "-";

	if (ranges->delegate)
		snprintf(delegate, sizeof(delegate), "%u", ranges->delegate);
	line_clear(line);
	line_put(line, columns[COL_MAGIC], MAGIC);
	line_put(line, columns[COL_VERSION], VERSION);
	line_put(line, columns[COL_POOL], pool_name(header->kind));
	line_put_number(line, columns[COL_CAPACITY], header->capacity);
	put_hex(line, columns[COL_KEY], header->key[0]);
	put_hex(line, columns[COL_KEY_END], header->key[1]);
	put_hex(line, columns[COL_IDENTITY], header->identity);
	put_range(line, columns[COL_LINK], &ranges->link);
	put_range(line, columns[COL_PREFIX], &ranges->prefix);
	line_put(line, columns[COL_DELEGATE], delegate);
	line_put(line, note, NOTE);
	line_seal(line);
}

/** header_randomise() - make a new key and a new identity; 0, or -1 with errno */
int header_randomise(struct header *header)
{
	if (random_get(header->key, sizeof(header->key)) ||
	    random_get(&header->identity, sizeof(header->identity)))
		return -1;
	return 0;
}

/** get_ranges() - read three columns: NULL, or the fault */
static const char *get_ranges(char (*text)[LINE_COLUMN_MAX + 1], struct pool_ranges *out)
{
	uint32_t delegate = 0;

	if ((strcmp(text[COL_LINK], "-") != 0 &&
	     prefix6_parse(text[COL_LINK], &out->link)) ||
	    (strcmp(text[COL_PREFIX], "-") != 0 &&
	     prefix6_parse(text[COL_PREFIX], &out->prefix)))
		return "a range of the header is not an IPv6 prefix";
	if (strcmp(text[COL_DELEGATE], "-") != 0 &&
	    parse_u32(text[COL_DELEGATE], 1, 64, &delegate))
		return "delegate in the header is not a prefix length";
	if (!delegate != !out->prefix.len)
		return "prefix and delegate in the header contradict each other";
	out->delegate = (uint8_t)delegate;
	return NULL;
}

/** get_header() - read the columns after the version: NULL, or the fault */
static const char *get_header(const char line[LINE_LEN], enum pool_kind kind,
			      struct header *out)
{
	char text[COLUMNS][LINE_COLUMN_MAX + 1];
	int i;

	for (i = 0; i < COLUMNS; i++) {
		if (line_get(line, columns[i], text[i]))
			return "a column of the header does not hold exactly one word";
	}
	if (strcmp(text[COL_POOL], pool_name(kind)) != 0)
		return "the file is another pool's";
	out->kind = kind;
	if (strlen(text[COL_CAPACITY]) != columns[COL_CAPACITY].width ||
	    parse_u32(text[COL_CAPACITY], 1, LEASE_NUMBER_MAX, &out->capacity))
		return "capacity is not a number from 1";
	if (parse_hex64(text[COL_KEY], &out->key[0]) ||
	    parse_hex64(text[COL_KEY_END], &out->key[1]) ||
	    parse_hex64(text[COL_IDENTITY], &out->identity))
		return "key or identity is not hexadecimal";
	return get_ranges(text, &out->ranges);
}

/**
 * header_decode() - read line 0
 * @line:	Line, whatever it holds
 * @kind:	The pool this file should be of
 * @out:	Result, undefined on error
 * @why:	On error: the fault, for people
 *
 * The version is checked first: another version may keep its checksum elsewhere.
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
	} else if (line_has(line, columns[COL_VERSION], "1")) {
		*why = "format 1: 'tspctl check --repair' converts it";
		errno = EPROTONOSUPPORT;
	} else if (!line_has(line, columns[COL_VERSION], VERSION)) {
		*why = sealed ? "format is of another version"
			      : "format is of another version, or the header is damaged";
		errno = EPROTONOSUPPORT;
	} else if (!sealed) {
		*why = "checksum of the header does not match";
	} else {
		*why = get_header(line, kind, out);
		errno = EBADMSG; /* the parsers have set another value */
	}
	return *why ? -1 : 0;
}

/** header_index_lines() - index lines, 18 entries each, of a file for @capacity leases */
uint32_t header_index_lines(uint32_t capacity)
{
	uint32_t lines = (capacity + 2) / 3;

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
 * For a file without a readable header: each capacity gives a different file size.
 *
 * Return: leases; 0: the file is too small for any
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

/** header_line_at() - offset of a line; lease i is line i, the index follows the leases */
off_t header_line_at(uint32_t line)
{
	return (off_t)line * LINE_LEN;
}
