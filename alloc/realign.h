/* SPDX-License-Identifier: MIT */
/* realign.h - find the lines of an allocation file whose bytes have moved */
#ifndef ALLOC_REALIGN_H
#define ALLOC_REALIGN_H

#include <time.h>

#include "alloc/header.h"
#include "alloc/table.h"

/** struct realign_line - position of a lease's line; -1: damaged or lost */
struct realign_line {
	off_t at;
	time_t granted;
};

/**
 * struct realign - positions of a file's lease lines
 * @size:	Bytes of the file
 * @lines:	Of each lease, 0 to @capacity
 * @capacity:	Leases, from the header, or else the largest number in a line
 * @moved:	Lines that are not at the place of their number
 * @lost:	Leases without a sound line; the lines of @cut of them are beyond the end of the file
 * @has_header:	@header was found somewhere in the file
 */
struct realign {
	off_t size;
	struct realign_line *lines;
	uint32_t capacity;
	uint32_t moved, lost, cut;
	bool has_header;
	struct header header;
};

int realign_find(const struct table *t, struct realign *out);
off_t realign_at(const struct realign *r, uint32_t number);
int realign_read(const struct table *t, const struct realign *r, uint32_t number,
		 char out[LINE_LEN]);
off_t realign_source(const struct realign *r, uint32_t number);
void realign_free(struct realign *r);

#endif
