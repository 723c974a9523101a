/* SPDX-License-Identifier: MIT */
/* random.h - random bytes, for processes with a system call filter as well */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include <stddef.h>

int random_get(void *out, size_t len);

#endif
