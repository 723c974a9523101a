/* SPDX-License-Identifier: MIT */
/*
 * seen.c - read the counters of many tunnels at once
 *
 * Leases are asked for in ascending order, nearly all of them. A system call for each takes
 * ten times as long as the copy. Counters may have been read before the tunnel's word was:
 * then they are a moment old, or of an earlier tunnel, which their own word tells.
 */
#include "datapath/seen.h"

#include <stdlib.h>

#include "datapath/map.h"

_Static_assert(SEEN_BLOCK <= MAP_RUN_MAX, "one system call reads a block");

/** read_block() - @lease and those behind it; -1 with errno */
static int read_block(struct seen *s, uint32_t lease)
{
	uint32_t left = s->limit - lease;

	if (!s->block)
		s->block = calloc(SEEN_BLOCK, sizeof(*s->block));
	if (!s->block)
		return -1;
	s->first = lease;
	s->count = left < s->ahead ? left : s->ahead;
	if (!map_lookup_run(s->fd, lease, s->count, s->block))
		return 0;
	s->count = 0;
	return -1;
}

/**
 * seen_read() - read the counters of a lease's tunnel
 * @s:		Map
 * @lease:	Lease number, from 1
 * @out:	Result; its word says which tunnel it belongs to
 *
 * Return: 0; -1 with errno
 */
int seen_read(struct seen *s, uint32_t lease, struct tsp_seen *out)
{
	if (s->ahead <= 1 || !lease || lease >= s->limit)
		return map_lookup(s->fd, &lease, out);
	if ((lease < s->first || lease - s->first >= s->count) && read_block(s, lease))
		return -1;
	*out = s->block[lease - s->first];
	return 0;
}

/** seen_free() - free the memory; the map stays open */
void seen_free(struct seen *s)
{
	free(s->block);
	s->block = NULL;
	s->count = 0;
}
