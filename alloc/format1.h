/* SPDX-License-Identifier: MIT */
/* format1.h - read allocation files of format 1, lines of 256 bytes */
#ifndef ALLOC_FORMAT1_H
#define ALLOC_FORMAT1_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "alloc/lease.h"
#include "alloc/pool.h"

#define FORMAT1_LINE_LEN 256

bool format1_is_file(const char head[2 * FORMAT1_LINE_LEN]);
uint32_t format1_capacity(const char line[FORMAT1_LINE_LEN], enum pool_kind kind,
			  off_t size, uint64_t key[2]);
const char *format1_lease(const char line[FORMAT1_LINE_LEN], uint32_t number,
			  struct lease *out);
void format1_salvage(const char line[FORMAT1_LINE_LEN], uint32_t number,
		     enum pool_kind kind, struct lease *out);

#endif
