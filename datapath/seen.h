/* SPDX-License-Identifier: MIT */
/* seen.h - read the counters of many tunnels at once */
#ifndef DATAPATH_SEEN_H
#define DATAPATH_SEEN_H

#include <stdint.h>

#include "datapath/bpf/maps.h"

#define SEEN_BLOCK 256 /* leases that are read at once */

/**
 * struct seen - a map of struct tsp_seen, and the entries that were read last
 * @fd:		Map
 * @limit:	Its entries
 * @ahead:	Leases to read at once, at most SEEN_BLOCK; 0 and 1: one by one
 * @first:	First lease of @block
 * @count:	Leases in @block
 * @block:	Their entries; NULL: none was read yet
 */
struct seen {
	int fd;
	uint32_t limit, ahead;
	uint32_t first, count;
	struct tsp_seen *block;
};

int seen_read(struct seen *s, uint32_t lease, struct tsp_seen *out);
void seen_free(struct seen *s);

#endif
