/* SPDX-License-Identifier: MIT */
/*
 * udp_quota.c - how many answers to unknown sources there are in a second
 *
 * A second's answers are counted from the first of them. Sources share a count where their
 * keyed hashes meet: nobody can aim at another's.
 */
#include "listen/udp_quota.h"

#include <string.h>

#include "lib/siphash.h"

#define SECOND_MS 1000

/** udp_quota_init() - nothing is spent yet */
void udp_quota_init(struct udp_quota *q, const uint64_t key[2])
{
	memset(q, 0, sizeof(*q));
	q->key[0] = key[0];
	q->key[1] = key[1];
}

/** has() - the bucket allows one more within its second */
static bool has(struct udp_bucket *b, uint32_t limit, int64_t now)
{
	if (now - b->since >= SECOND_MS)
		*b = (struct udp_bucket){.since = now};
	return b->spent < limit;
}

/**
 * udp_quota_take() - an answer to a source that has no conversation
 * @q:		Quota
 * @source:	IPv4 address that the datagram claims to come from
 * @now:	Time in milliseconds
 *
 * Return: true if it may be given; it is counted then
 */
bool udp_quota_take(struct udp_quota *q, struct in_addr source, int64_t now)
{
	uint64_t at = siphash(q->key, &source, sizeof(source)) & (UDP_QUOTA_SOURCES - 1);
	struct udp_bucket *own = &q->sources[at];

	if (!has(own, UDP_QUOTA_SOURCE, now) || !has(&q->all, UDP_QUOTA_ALL, now))
		return false;
	own->spent++;
	q->all.spent++;
	return true;
}
