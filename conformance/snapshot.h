/* SPDX-License-Identifier: MIT */
/* snapshot.h - all there is in a network namespace and in some directories, as lines */
#ifndef CONFORMANCE_SNAPSHOT_H
#define CONFORMANCE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

/** struct snapshot - lines, sorted; {0} is an empty one */
struct snapshot {
	char **lines;
	size_t count, room;
};

int snapshot_take(struct snapshot *s, const char *const directories[], size_t count);
bool snapshot_same(const struct snapshot *a, const struct snapshot *b);
size_t snapshot_show(const struct snapshot *before, const struct snapshot *after,
		     size_t most);
void snapshot_free(struct snapshot *s);

#endif
