/* SPDX-License-Identifier: MIT */
/* owned.h - files that decide what root runs must be root's */
#ifndef CLIENT_OWNED_H
#define CLIENT_OWNED_H

int owned_check(int fd, const char *path);
int owned_path(const char *path);

#endif
