/* SPDX-License-Identifier: MIT */
/* file.h - identity and size of files, streams, ranges of descriptors, paths of programs */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

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
