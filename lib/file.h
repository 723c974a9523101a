/* SPDX-License-Identifier: MIT */
/* file.h - names, identity and size of files, streams, ranges of descriptors */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

/** typedef file_maker() - make a file unless the name exists: 0, or -1 with errno */
typedef int file_maker(void *context, const char *path);

int file_path(char out[PATH_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int file_dated(const char *path, const char *mark, time_t now, file_maker *make,
	       void *context, char out[PATH_MAX]);
int file_close_range(unsigned first, unsigned last);
int file_size(int fd, off_t *size);
bool file_is_named(int fd, const char *path);
int file_sync_name(const char *path);
FILE *file_stream(int fd, const char *mode);
int file_write(int fd, const char *data, size_t len);
int file_copy(int from, off_t at, off_t len, int to);
int file_of_program(char path[PATH_MAX]);
int file_beside_program(const char *name, char path[PATH_MAX]);

#endif
