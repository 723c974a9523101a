/* SPDX-License-Identifier: MIT */
/* header.h - line 0 of an allocation file, and the size of the file */
#ifndef ALLOC_HEADER_H
#define ALLOC_HEADER_H

#include <stdint.h>
#include <sys/types.h>

#include "alloc/line.h"
#include "alloc/pool.h"

#define HEADER_INDEX_MIN 4 /* index lines of the smallest file: one window */

/**
 * struct header - header of an allocation file
 * @kind:	Pool
 * @capacity:	Leases
 * @key:	Key of the hash of owners, endpoints and slots
 * @identity:	Random; files that belong to this one refer to it by this number
 * @ranges:	Ranges that addresses are taken from
 */
struct header {
	enum pool_kind kind;
	uint32_t capacity;
	uint64_t key[2];
	uint64_t identity;
	struct pool_ranges ranges;
};

void header_encode(const struct header *header, char line[LINE_LEN]);
int header_decode(const char line[LINE_LEN], enum pool_kind kind, struct header *out,
		  const char **why);
int header_randomise(struct header *header);
uint32_t header_index_lines(uint32_t capacity);
off_t header_file_size(uint32_t capacity);
uint32_t header_capacity_of(off_t size);
off_t header_line_at(uint32_t line);

#endif
