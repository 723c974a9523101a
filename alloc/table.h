/* SPDX-License-Identifier: MIT */
/* table.h - one allocation file: header, lease lines, index, locks */
#ifndef ALLOC_TABLE_H
#define ALLOC_TABLE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/lease.h"

/** struct table - an open allocation file */
struct table {
	int fd; /* -1: closed */
	char path[PATH_MAX];
	uint32_t capacity;   /* leases, numbered 1 to capacity */
	uint64_t key[2];     /* of the hash that places owners and endpoints */
};

#endif
