/* SPDX-License-Identifier: MIT */
/*
 * snapshot.c - the state of a network namespace and of directories, as lines of text
 *
 * Two snapshots are compared line by line. So the same thing must give the same line each
 * time; survey.c leaves out what changes by itself.
 */
#include "conformance/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

/** snapshot_add() - add the line "LABEL TEXT"; 0, or -1 with errno */
int snapshot_add(struct snapshot *s, const char *label, const char *text)
{
	char **more = array_room(s->lines, s->count, &s->size, sizeof(*more));

	if (!more)
		return -1;
	s->lines = more;
	if (asprintf(&s->lines[s->count], "%s %s", label, text) < 0)
		return -1;
	s->count++;
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/** snapshot_sort() - sort the lines, after the last one */
void snapshot_sort(struct snapshot *s)
{
	if (s->count)
		qsort(s->lines, s->count, sizeof(*s->lines), compare_lines);
}

/** snapshot_free() - empty the snapshot and free its memory */
void snapshot_free(struct snapshot *s)
{
	while (s->count)
		free(s->lines[--s->count]);
	free(s->lines);
	*s = (struct snapshot){0};
}

/** snapshot_same() - both have the same lines */
bool snapshot_same(const struct snapshot *a, const struct snapshot *b)
{
	return !snapshot_compare(a, b, 0, NULL, NULL);
}

/**
 * snapshot_compare() - find lines that only one of two snapshots has
 * @before:	Its own lines are reported with '-'
 * @after:	Its own lines are reported with '+'
 * @most:	Lines to report; the others are only counted
 * @report:	Called for each; unused if @most is 0
 * @context:	For @report
 *
 * Return: number of lines that differ
 */
size_t snapshot_compare(const struct snapshot *before, const struct snapshot *after,
			size_t most, snapshot_reporter *report, void *context)
{
	size_t i = 0, j = 0, found = 0;
	int order;

	while (i < before->count || j < after->count) {
		if (i == before->count)
			order = 1;
		else if (j == after->count)
			order = -1;
		else
			order = strcmp(before->lines[i], after->lines[j]);
		if (order && found++ < most)
			report(context, order < 0 ? '-' : '+',
			       order < 0 ? before->lines[i] : after->lines[j]);
		i += order <= 0;
		j += order >= 0;
	}
	return found;
}
