/* SPDX-License-Identifier: MIT */
/* atomic_file.h - put new content in a file's place at once, one writer at a time */
#ifndef LIB_ATOMIC_FILE_H
#define LIB_ATOMIC_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/** struct replace - from replace_begin() to replace_commit() or replace_abort() */
struct replace {
	FILE *old;           /* the file as it is, to be read; holds the lock */
	FILE *new;           /* what takes its place */
	bool created;        /* there was none; @old is empty */
	char path[PATH_MAX]; /* without symbolic links */
	char fresh[PATH_MAX];
};

int replace_begin(struct replace *r, const char *path, mode_t mode, bool wait);
int replace_commit(struct replace *r);
void replace_abort(struct replace *r);

#endif
