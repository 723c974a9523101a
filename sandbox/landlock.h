/* SPDX-License-Identifier: MIT */
/* landlock.h - restrict which files a process may write, by Landlock */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include <stddef.h>

int landlock_nothing(void);
int landlock_write_only_below(const char *const paths[], size_t count);

#endif
