/* SPDX-License-Identifier: MIT */
/* stats.c - a pool in numbers */
#include "alloc/stats.h"

#include "alloc/index.h"

/** struct count - a count under way */
struct count {
	struct table *t;
	time_t now;
	struct stats *stats;
};

/** count_probe() - add the probe distance of a lease (place.c) */
static void count_probe(struct count *c, const struct lease *lease)
{
	uint32_t capacity = c->t->capacity;
	uint32_t start = (uint32_t)(index_owner_key(c->t, lease->owner).hash % capacity);
	uint32_t probe = (lease->number - 1 + capacity - start) % capacity;

	c->stats->probes++;
	c->stats->probe_sum += probe;
	if (probe > c->stats->probe_max)
		c->stats->probe_max = probe;
}

static int count_lease(uint32_t number, const struct lease *lease, const char *why,
		       void *context)
{
	struct count *c = context;
	struct lease settled;
	int held = 0;

	(void)why;
	if (!lease) {
		c->stats->damaged++;
		return 0;
	}
	if (lease->state == LEASE_FREE) {
		c->stats->free++;
		return 0;
	}
	if (!c->t->damage)
		count_probe(c, lease);

	settled = *lease;
	if (lease->state == LEASE_OFFERED)
		held = table_is_held(c->t, number);
	if (!held)
		lease_settle(&settled);
	if (settled.state == LEASE_OFFERED)
		c->stats->offered++;
	else if (lease_is_active(&settled, c->now))
		c->stats->active++;
	else
		c->stats->expired++;
	return held < 0 ? -1 : 0;
}

/**
 * stats_read() - count the leases of a file
 * @t:		Table, unlocked
 * @now:	Time
 * @out:	Result
 *
 * Return: 0; -1 with errno, logged
 */
int stats_read(struct table *t, time_t now, struct stats *out)
{
	struct count count = {.t = t, .now = now, .stats = out};

	*out = (struct stats){.capacity = t->capacity};
	return table_each(t, count_lease, &count);
}
