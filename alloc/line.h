/* SPDX-License-Identifier: MIT */
/* line.h - lines of an allocation file: fixed columns of text, a checksum at the end */
#ifndef ALLOC_LINE_H
#define ALLOC_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_LEN        512 /* bytes of every line, its newline included */
#define LINE_SUM_AT     495 /* offset of the checksum, after " | " */
#define LINE_COLUMN_MAX 64  /* characters of the widest column */

/** struct column - part of a line: text, then blanks */
struct column {
	unsigned short at;
	unsigned short width; /* at most LINE_COLUMN_MAX */
};

void line_clear(char line[LINE_LEN]);
void line_put(char line[LINE_LEN], struct column column, const char *text);
void line_put_number(char line[LINE_LEN], struct column column, unsigned number);
int line_get(const char line[LINE_LEN], struct column column,
	     char out[LINE_COLUMN_MAX + 1]);
bool line_has(const char line[LINE_LEN], struct column column, const char *text);
bool line_are_absent(const char line[LINE_LEN], const struct column *columns,
		     size_t count);
bool line_gaps_blank(const char line[LINE_LEN], const struct column *columns,
		     size_t count);
void line_seal(char line[LINE_LEN]);
bool line_is_sealed(const char line[LINE_LEN]);

#endif
