/* SPDX-License-Identifier: MIT */
/* atomic_file.h - put new content in a file's place at once, one writer at a time */
#ifndef LIB_ATOMIC_FILE_H
#define LIB_ATOMIC_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/** struct atomic_file - from atomic_file_begin() to atomic_file_commit() or atomic_file_abort() */
struct atomic_file {
	FILE *old;           /* the present file, for reading; holds the lock */
	FILE *new;           /* the new content */
	bool created;        /* the file did not exist; @old is empty */
	char path[PATH_MAX]; /* without symbolic links */
	char fresh[PATH_MAX];
};

int atomic_file_begin(struct atomic_file *r, const char *path, mode_t mode, bool wait);
int atomic_file_commit(struct atomic_file *r);
void atomic_file_abort(struct atomic_file *r);

#endif
