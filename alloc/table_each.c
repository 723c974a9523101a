/* SPDX-License-Identifier: MIT */
/*
 * table_each.c - visit every lease of an allocation file
 *
 * A tour uses large reads and no lock: it may be long and handlers must not wait for it. So
 * it can read a line during a write, and reads a line again under the lock before it
 * reports damage.
 */
#include <errno.h>
#include <stdlib.h>

#include "alloc/header.h"
#include "alloc/table.h"

#define EACH_LINES 256 /* lines read at once */

/** again_locked() - decode a line once more, read under the lock */
static int again_locked(struct table *t, uint32_t number, struct lease *out,
			const char **why)
{
	char line[LINE_LEN];
	int r;

	/* a reader has no lock: table_read() gives a writer time */
	if (t->use == TABLE_READ && !table_read(t, number, out))
		return 0;
	if (table_lock(t))
		return -1;
	r = table_raw_read(t, header_line_at(number), line, sizeof(line));
	table_unlock(t);
	return r ? r : lease_decode(line, number, out, why);
}

/** visit_lines() - table_each() for the lines of one read */
static int visit_lines(struct table *t, const char *lines, uint32_t first, uint32_t count,
		       table_visitor *visit, void *context)
{
	struct lease lease;
	const char *why;
	uint32_t i;
	int r = 0;

	for (i = 0; i < count && !r; i++) {
		r = lease_decode(lines + (size_t)i * LINE_LEN, first + i, &lease, &why);
		if (r && !t->locked)
			r = again_locked(t, first + i, &lease, &why);
		if (r && errno != EBADMSG)
			return -1;
		r = visit(first + i, r ? NULL : &lease, r ? why : NULL, context);
	}
	return r;
}

/**
 * table_each() - visit all leases in order, damaged ones too; no lock is needed
 * @t:		Table
 * @visit:	Called for each; a value other than 0 ends the tour. Without the lock, a
 *		lease may have changed since: @visit must read it again to change it.
 * @context:	For @visit
 *
 * Return: 0, a value other than 0 from @visit, or -1 with errno, logged
 */
int table_each(struct table *t, table_visitor *visit, void *context)
{
	char *lines = malloc((size_t)EACH_LINES * LINE_LEN);
	uint32_t first, count;
	int r = 0;

	if (!lines)
		return -1;
	for (first = 1; first <= t->capacity && !r; first += count) {
		count = t->capacity - first + 1;
		count = count < EACH_LINES ? count : EACH_LINES;
		r = table_raw_read(t, header_line_at(first), lines,
				   (size_t)count * LINE_LEN);
		if (!r)
			r = visit_lines(t, lines, first, count, visit, context);
	}
	free(lines);
	return r;
}
