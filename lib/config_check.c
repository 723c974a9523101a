/* SPDX-License-Identifier: MIT */
/* config_check.c - what must fit together in tsp.conf: pools, ranges, capacities, mechanisms */
#include <string.h>

#include "lib/config_parser.h"
#include "lib/prefix.h"

#define DEFAULT_CAPACITY 65536

/** check_capacity() - a pool may not promise more leases than its ranges hold */
static void check_capacity(struct parser *p, const char *section,
			   struct pool_config *pool)
{
	/* lease i takes addresses 2i and 2i+1 and the i-th prefix, i from 1 (alloc/pool.c) */
	unsigned link_bits = 128u - pool->link.len - 1;
	unsigned prefix_bits =
		pool->prefix.len ? (unsigned)pool->delegate - pool->prefix.len : 31;
	unsigned bits = link_bits < prefix_bits ? link_bits : prefix_bits;
	uint32_t fits = bits > 24 ? CONFIG_CAPACITY_MAX : (1u << bits) - 1;
	unsigned line = config_line_of(p, section, "capacity");
	char why[96];

	if (!line) {
		pool->capacity = fits < DEFAULT_CAPACITY ? fits : DEFAULT_CAPACITY;
	} else if (pool->capacity > fits) {
		char value[12];

		snprintf(value, sizeof(value), "%u", pool->capacity);
		snprintf(why, sizeof(why), "link and prefix hold no more than %u leases",
			 fits);
		config_mistake(p, line, "capacity", why, value);
	}
}

/** check_delegate() - delegated prefixes are parts of the pool's prefix; false if not */
static bool check_delegate(struct parser *p, const struct pool_config *pool)
{
	unsigned line = config_line_of(p, "pool users", "delegate");
	char value[4];

	if (!pool->prefix.len || pool->delegate > pool->prefix.len)
		return true;
	snprintf(value, sizeof(value), "%u", pool->delegate);
	config_mistake(p, line ? line : config_line_of(p, "pool users", "prefix"),
		       "delegate", "not longer than prefix", value);
	return false;
}

/** check_pools() - each that is there has a link, and room for its capacity */
static void check_pools(struct parser *p)
{
	struct pool_config *anonymous = &p->config->anonymous_pool;
	struct pool_config *users = &p->config->users_pool;

	if (anonymous->present && !anonymous->link.len)
		config_mistake(p, 0, "[pool anonymous]", "link is missing or wrong",
			       NULL);
	if (!config_line_of(p, "pool anonymous", "capacity"))
		anonymous->capacity = DEFAULT_CAPACITY;

	if (users->present && !users->link.len)
		config_mistake(p, 0, "[pool users]", "link is missing or wrong", NULL);
	else if (users->present && check_delegate(p, users))
		check_capacity(p, "pool users", users);
}

/** check_overlap() - two ranges that share addresses would give them out twice */
static void check_overlap(struct parser *p)
{
	const struct {
		const char *section, *key;
		const struct prefix6 *range;
	} ranges[] = {
		{"pool anonymous", "link", &p->config->anonymous_pool.link},
		{"pool users", "link", &p->config->users_pool.link},
		{"pool users", "prefix", &p->config->users_pool.prefix},
	};
	char text[PREFIX6_TEXT_LEN];
	size_t i, j;

	for (i = 1; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		for (j = 0; j < i; j++) {
			if (!ranges[i].range->len || !ranges[j].range->len ||
			    !prefix6_overlaps(ranges[i].range, ranges[j].range))
				continue;
			prefix6_format(ranges[i].range, text);
			config_mistake(
				p, config_line_of(p, ranges[i].section, ranges[i].key),
				ranges[i].key, "overlaps another range of the pools",
				text);
		}
	}
}

/** settle_mechanisms() - those asked for must be possible; those not asked for follow the pools */
static void settle_mechanisms(struct parser *p)
{
	struct config *c = p->config;
	unsigned possible = 0, line = config_line_of(p, "auth", "mechanisms");

	if (c->anonymous_pool.present)
		possible |= MECHANISM_ANONYMOUS;
	if (c->users_pool.present)
		possible |= MECHANISM_PLAIN | MECHANISM_DIGEST_MD5;
	if (!possible)
		config_mistake(p, 0, "pools",
			       "neither [pool anonymous] nor [pool users] is there",
			       NULL);
	if (!line) {
		c->mechanisms = possible;
		return;
	}
	if (c->mechanisms & ~possible & MECHANISM_ANONYMOUS)
		config_mistake(p, line, "mechanisms", "there is no [pool anonymous] for",
			       "ANONYMOUS");
	if (c->mechanisms & ~possible & (MECHANISM_PLAIN | MECHANISM_DIGEST_MD5))
		config_mistake(p, line, "mechanisms", "there is no [pool users] for",
			       c->mechanisms & MECHANISM_PLAIN ? "PLAIN" : "DIGEST-MD5");
}

/**
 * config_check() - judge what can only be judged when all keys are known
 * @p:		A file that is read to its end; mistakes are counted and logged
 */
void config_check(struct parser *p)
{
	struct config *c = p->config;

	check_pools(p);
	check_overlap(p);
	settle_mechanisms(p);
	if (!*c->template)
		config_mistake(p, 0, "template", "is missing in [server]", NULL);
	if (!*c->realm)
		snprintf(c->realm, sizeof(c->realm), "%s",
			 *c->domain ? c->domain : "tsp");
}
