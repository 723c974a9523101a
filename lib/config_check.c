/* SPDX-License-Identifier: MIT */
/* config_check.c - check that the values of tsp.conf agree: pools, ranges, mechanisms */
#include "lib/config_check.h"

#include <stdio.h>
#include <string.h>

#include "lib/prefix.h"

/** check_capacity() - a pool may not promise more leases than its ranges hold */
static void check_capacity(struct parser *p, const char *section,
			   struct pool_config *pool)
{
	uint32_t room = config_pool_room(pool);
	unsigned line = config_parser_line(p, section, "capacity");
	char why[96], value[12];

	if (pool->capacity <= room)
		return;
	if (!line) {
		pool->capacity = room;
		return;
	}
	snprintf(value, sizeof(value), "%u", pool->capacity);
	snprintf(why, sizeof(why), "link and prefix hold no more than %u leases", room);
	config_parser_mistake(p, line, "capacity", why, value);
}

/** check_delegate() - delegated prefixes are parts of the pool's prefix; false if not */
static bool check_delegate(struct parser *p, const struct pool_config *pool)
{
	unsigned line = config_parser_line(p, "pool users", "delegate");
	char value[4], why[96];

	if (!pool->prefix.len || pool->delegate > pool->prefix.len)
		return true;
	snprintf(value, sizeof(value), "%u", pool->delegate);
	snprintf(why, sizeof(why),
		 "not longer than prefix, a /%u: shorten that, or lengthen this",
		 pool->prefix.len);
	config_parser_mistake(p,
			      line ? line : config_parser_line(p, "pool users", "prefix"),
			      "delegate", why, value);
	return false;
}

/** check_pools() - each configured pool has a link, and room for its capacity */
static void check_pools(struct parser *p)
{
	struct pool_config *anonymous = &p->config->anonymous_pool;
	struct pool_config *users = &p->config->users_pool;

	if (anonymous->present && !anonymous->link.len)
		config_parser_mistake(p, 0, "[pool anonymous]",
				      "link is missing or wrong", NULL);
	if (users->present && !users->link.len)
		config_parser_mistake(p, 0, "[pool users]", "link is missing or wrong",
				      NULL);
	else if (users->present && check_delegate(p, users))
		check_capacity(p, "pool users", users);
}

/** check_keepalive() - all clients route 2000::/3 into the tunnel, and perhaps no more */
static void check_keepalive(struct parser *p)
{
	const struct prefix6 *prefix = &p->config->keepalive_prefix;
	struct prefix6 unicast;
	char text[PREFIX6_TEXT_LEN];

	prefix6_parse("2000::/3", &unicast);
	if (!prefix->len || prefix6_contains(&unicast, &prefix->addr))
		return;
	prefix6_format(prefix, text);
	config_parser_mistake(p, config_parser_line(p, "server", "keepalive_prefix"),
			      "keepalive_prefix", "not in 2000::/3", text);
}

enum { POOL_RANGES = 3, ALL_RANGES };

/** struct range - a range of addresses, and the key that names it */
struct range {
	const char *section, *key;
	const struct prefix6 *prefix;
};

/** ranges_of() - those of the pools first, then that of keepalive addresses */
static void ranges_of(const struct config *c, struct range out[ALL_RANGES])
{
	const struct range ranges[ALL_RANGES] = {
		{"pool anonymous", "link", &c->anonymous_pool.link},
		{"pool users", "link", &c->users_pool.link},
		{"pool users", "prefix", &c->users_pool.prefix},
		{"server", "keepalive_prefix", &c->keepalive_prefix},
	};

	memcpy(out, ranges, sizeof(ranges));
}

/** mistake_of() - a range has a mistake */
static void mistake_of(struct parser *p, const struct range *range, const char *what)
{
	char text[PREFIX6_TEXT_LEN];

	prefix6_format(range->prefix, text);
	config_parser_mistake(p, config_parser_line(p, range->section, range->key),
			      range->key, what, text);
}

/** check_unicast() - routers must forward the addresses of a pool */
static void check_unicast(struct parser *p)
{
	struct range ranges[ALL_RANGES];
	size_t i;

	ranges_of(p->config, ranges);
	for (i = 0; i < POOL_RANGES; i++) {
		const struct in6_addr *a = &ranges[i].prefix->addr;

		if (ranges[i].prefix->len &&
		    (IN6_IS_ADDR_LINKLOCAL(a) || IN6_IS_ADDR_MULTICAST(a)))
			mistake_of(p, &ranges[i],
				   "routers do not forward link-local or multicast");
	}
}

/** check_overlap() - two ranges that share addresses would give them out twice */
static void check_overlap(struct parser *p)
{
	struct range ranges[ALL_RANGES];
	char why[96];
	size_t i, j;

	ranges_of(p->config, ranges);
	for (i = 1; i < ALL_RANGES; i++) {
		for (j = 0; j < i; j++) {
			if (!ranges[i].prefix->len || !ranges[j].prefix->len ||
			    !prefix6_overlaps(ranges[i].prefix, ranges[j].prefix))
				continue;
			snprintf(why, sizeof(why),
				 "overlaps %s of [%s], choose another range",
				 ranges[j].key, ranges[j].section);
			mistake_of(p, &ranges[i], why);
		}
	}
}

/** settle_mechanisms() - each mechanism needs its pool; by default all that have one */
static void settle_mechanisms(struct parser *p)
{
	struct config *c = p->config;
	unsigned possible = 0, line = config_parser_line(p, "auth", "mechanisms");

	if (c->anonymous_pool.present)
		possible |= MECHANISM_ANONYMOUS;
	if (c->users_pool.present)
		possible |= MECHANISM_PLAIN | MECHANISM_DIGEST_MD5;
	if (!possible)
		config_parser_mistake(
			p, 0, "pools",
			"neither [pool anonymous] nor [pool users] is configured", NULL);
	if (!line) {
		c->mechanisms = possible;
		return;
	}
	if (c->mechanisms & ~possible & MECHANISM_ANONYMOUS)
		config_parser_mistake(p, line, "mechanisms",
				      "section [pool anonymous] is missing for",
				      "ANONYMOUS");
	if (c->mechanisms & ~possible & (MECHANISM_PLAIN | MECHANISM_DIGEST_MD5))
		config_parser_mistake(
			p, line, "mechanisms", "section [pool users] is missing for",
			c->mechanisms & MECHANISM_PLAIN ? "PLAIN" : "DIGEST-MD5");
}

/**
 * config_check() - check what depends on several keys
 * @p:		After the whole file was read; mistakes are counted and logged
 */
void config_check(struct parser *p)
{
	struct config *c = p->config;

	check_pools(p);
	check_unicast(p);
	check_overlap(p);
	check_keepalive(p);
	settle_mechanisms(p);
	if (!*c->template)
		config_parser_mistake(p, 0, "template", "is missing in [server]", NULL);
	if (*c->domain && !config_parser_line(p, "auth", "realm"))
		memcpy(c->realm, c->domain, sizeof(c->realm));
}
