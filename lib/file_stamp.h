/* SPDX-License-Identifier: MIT */
/* file_stamp.h - notice that a file was changed or replaced */
#ifndef LIB_FILE_STAMP_H
#define LIB_FILE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/** struct file_stamp - identity, size and time of change of a file; all zero: unknown */
struct file_stamp {
	uint64_t device, inode, size;
	int64_t seconds;
	uint32_t nanoseconds;
};

void file_stamp_take(const char *path, struct file_stamp *out);
bool file_stamp_holds(const char *path, const struct file_stamp *stamp);

#endif
