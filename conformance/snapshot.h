/* SPDX-License-Identifier: MIT */
/* snapshot.h - the state of a network namespace and of directories, as lines of text */
#ifndef CONFORMANCE_SNAPSHOT_H
#define CONFORMANCE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

/** struct snapshot - lines, sorted once it is complete; {0} is an empty one */
struct snapshot {
	char **lines;
	size_t count, size;
};

/** typedef snapshot_reporter() - called with a line that one of two snapshots lacks */
typedef void snapshot_reporter(void *context, char sign, const char *line);

int snapshot_add(struct snapshot *s, const char *label, const char *text);
void snapshot_sort(struct snapshot *s);
bool snapshot_same(const struct snapshot *a, const struct snapshot *b);
size_t snapshot_compare(const struct snapshot *before, const struct snapshot *after,
			size_t most, snapshot_reporter *report, void *context);
void snapshot_free(struct snapshot *s);

#endif
