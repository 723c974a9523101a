/* SPDX-License-Identifier: MIT */
/*
 * ranges.c - compare configured ranges with those of an allocation file
 *
 * Addresses follow from leases and the ranges of the pool, so another range would give
 * every client another address without its knowledge. The header records the ranges that
 * the leases were made for. A prefix may be added to a pool without one: earlier leases
 * have no prefix and stay unchanged.
 */
#include "alloc/ranges.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alloc/header.h"
#include "lib/log.h"
#include "lib/prefix.h"

/** same_range() - two prefixes are equal */
static bool same_range(const struct prefix6 *a, const struct prefix6 *b)
{
	return a->len == b->len && !memcmp(&a->addr, &b->addr, sizeof(a->addr));
}

/** differs() - log that a range differs; -1 with EINVAL */
static int differs(const struct table *t, const char *key, const char *file,
		   const char *config)
{
	log_msg(LOG_ERR,
		"%s: its leases have %s %s, [pool %s] has %s: set that back, or move the "
		"file away to begin anew",
		t->path, key, file, pool_name(t->kind), config);
	errno = EINVAL;
	return -1;
}

/** check_range() - compare @key of the file and of the configuration; 0, or -1, logged */
static int check_range(const struct table *t, const char *key, const struct prefix6 *file,
		       const struct prefix6 *config)
{
	char in_file[PREFIX6_TEXT_LEN] = "none", in_config[PREFIX6_TEXT_LEN] = "none";

	if (same_range(file, config))
		return 0;
	if (file->len)
		prefix6_format(file, in_file);
	if (config->len)
		prefix6_format(config, in_config);
	return differs(t, key, in_file, in_config);
}

/** record() - write the ranges into the header; 0, or -1 with errno, logged */
static int record(struct table *t, const struct pool_ranges *ranges)
{
	struct header header = {.kind = t->kind};
	char line[LINE_LEN];
	const char *why;
	int r;

	if (table_lock(t))
		return -1;
	r = table_raw_read(t, 0, line, sizeof(line));
	if (!r && header_decode(line, t->kind, &header, &why))
		r = -1;
	if (!r) {
		header.ranges = *ranges;
		header_encode(&header, line);
		r = table_raw_write(t, 0, line, sizeof(line));
	}
	table_unlock(t);
	if (!r)
		t->ranges = *ranges;
	return r ? r : table_sync(t);
}

/**
 * ranges_check() - compare an open file's ranges with the configuration's
 * @t:		Table, unlocked; a new prefix is recorded unless it is open for TABLE_READ
 * @config:	Configuration
 *
 * A file without recorded ranges or with a damaged header passes.
 *
 * Return: 0; -1 with EINVAL for another range, logged, or with the errno of an error
 */
int ranges_check(struct table *t, const struct config *config)
{
	struct pool_ranges ranges = pool_ranges(config, t->kind);
	char file[12], now[12];

	if (t->damage || !t->ranges.link.len)
		return 0;
	if (check_range(t, "link", &t->ranges.link, &ranges.link))
		return -1;
	if (!t->ranges.prefix.len)
		return ranges.prefix.len && t->use != TABLE_READ ? record(t, &ranges) : 0;
	if (check_range(t, "prefix", &t->ranges.prefix, &ranges.prefix))
		return -1;
	if (t->ranges.delegate == ranges.delegate)
		return 0;
	snprintf(file, sizeof(file), "%u", t->ranges.delegate);
	snprintf(now, sizeof(now), "%u", ranges.delegate);
	return differs(t, "delegate", file, now);
}
