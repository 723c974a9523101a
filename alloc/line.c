/* SPDX-License-Identifier: MIT */
/* line.c - lines of an allocation file: fixed columns of text, a checksum at the end */
#include "alloc/line.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/format.h"
#include "lib/siphash.h"

#define SUM_LEN 16 /* hexadecimal digits */
_Static_assert(LINE_SUM_AT + SUM_LEN + 1 == LINE_LEN,
	       "checksum and newline end the line");

#define BLANKS_16 "                "

static const char blanks[] = BLANKS_16 BLANKS_16 BLANKS_16 BLANKS_16;
_Static_assert(sizeof(blanks) == LINE_COLUMN_MAX + 1, "as many as the widest column has");

/** line_clear() - write blanks, the bar before the checksum and a newline */
void line_clear(char line[LINE_LEN])
{
	memset(line, ' ', LINE_LEN);
	line[LINE_SUM_AT - 2] = '|';
	line[LINE_LEN - 1] = '\n';
}

/** line_put() - write text into a blank column; it must fit */
void line_put(char line[LINE_LEN], struct column column, const char *text)
{
	size_t len = strlen(text);

	assert(len <= column.width);
	memcpy(line + column.at, text, len);
}

/** line_put_number() - write a decimal number over the whole width, with leading zeros */
void line_put_number(char line[LINE_LEN], struct column column, unsigned number)
{
	char *p;

	for (p = line + column.at + column.width; p > line + column.at; number /= 10)
		*--p = (char)('0' + number % 10);
	assert(number == 0);
}

/**
 * line_get() - read the text of a column
 * @line:	Line, whatever it holds
 * @column:	Column
 * @out:	Result, NUL-terminated
 *
 * Return: 0; -1 unless it is printable ASCII without blanks, followed by blanks
 */
int line_get(const char line[LINE_LEN], struct column column,
	     char out[LINE_COLUMN_MAX + 1])
{
	const char *p = line + column.at;
	size_t len = 0;

	while (len < column.width && p[len] > ' ' && p[len] < 0x7f)
		len++;
	if (!len)
		return -1; /* an absent value is written as "-" */
	if (memcmp(p + len, blanks, column.width - len))
		return -1;
	memcpy(out, p, len);
	out[len] = '\0';
	return 0;
}

/** line_has() - true if the column holds exactly this text; cheaper than line_get() */
bool line_has(const char line[LINE_LEN], struct column column, const char *text)
{
	const char *p = line + column.at;
	size_t len = strlen(text);

	return !memcmp(p, text, len) && !memcmp(p + len, blanks, column.width - len);
}

/** line_are_absent() - true if all of these columns hold "-"; cheaper than line_get() */
bool line_are_absent(const char line[LINE_LEN], const struct column *columns,
		     size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (!line_has(line, columns[i], "-"))
			return false;
	}
	return true;
}

/**
 * line_gaps_blank() - true if only " " or " | " separates the columns
 * @line:	Line
 * @columns:	All its columns but the checksum, from the left
 * @count:	Their number
 */
bool line_gaps_blank(const char line[LINE_LEN], const struct column *columns,
		     size_t count)
{
	size_t i, at, next;

	for (i = 0; i < count; i++) {
		at = (size_t)columns[i].at + columns[i].width;
		next = i + 1 < count ? columns[i + 1].at : LINE_SUM_AT;
		if (memcmp(line + at, next - at == 3 ? " | " : " ", next - at) != 0)
			return false;
	}
	return true;
}

/** sum() - compute the checksum of a line, as text */
static void sum(const char line[LINE_LEN], char out[FORMAT_HEX64_LEN])
{
	static const uint64_t no_key[2]; /* the sum detects accidents, not forgery */

	format_hex64(siphash(no_key, line, LINE_SUM_AT), out);
}

/** line_seal() - write the checksum, after all columns */
void line_seal(char line[LINE_LEN])
{
	char text[FORMAT_HEX64_LEN];

	sum(line, text);
	memcpy(line + LINE_SUM_AT, text, SUM_LEN);
}

/** line_is_sealed() - true if the checksum matches the line */
bool line_is_sealed(const char line[LINE_LEN])
{
	char text[FORMAT_HEX64_LEN];

	sum(line, text);
	return line[LINE_LEN - 1] == '\n' && !memcmp(line + LINE_SUM_AT, text, SUM_LEN);
}
