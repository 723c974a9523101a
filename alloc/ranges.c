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

/** struct look - a file that is compared with the configuration */
struct look {
	const struct table *table;
	const char *cure; /* advice if they differ */
};

/** differs() - log that a range differs; -1 with EINVAL */
static int differs(const struct look *look, const char *key, const char *file,
		   const char *config)
{
	log_msg(LOG_ERR, "%s: its leases have %s %s, [pool %s] has %s: %s",
		look->table->path, key, file, pool_name(look->table->kind), config,
		look->cure);
	errno = EINVAL;
	return -1;
}

/** check_range() - compare @key of the file and of the configuration; 0, or -1, logged */
static int check_range(const struct look *look, const char *key,
		       const struct prefix6 *file, const struct prefix6 *config)
{
	char in_file[PREFIX6_TEXT_LEN] = "none", in_config[PREFIX6_TEXT_LEN] = "none";

	if (same_range(file, config))
		return 0;
	if (file->len)
		prefix6_format(file, in_file);
	if (config->len)
		prefix6_format(config, in_config);
	return differs(look, key, in_file, in_config);
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
 * ranges_fit() - leases of a file keep their addresses with other ranges
 * @file:	Ranges that the leases were made for
 * @now:	Ranges that addresses are taken from
 */
bool ranges_fit(const struct pool_ranges *file, const struct pool_ranges *now)
{
	if (!file->link.len)
		return true;
	return same_range(&file->link, &now->link) &&
	       (!file->prefix.len || (same_range(&file->prefix, &now->prefix) &&
				      file->delegate == now->delegate));
}

/** name_difference() - log the first range that differs; -1 with EINVAL */
static int name_difference(const struct look *look, const struct pool_ranges *now)
{
	const struct pool_ranges *file = &look->table->ranges;
	char in_file[12], in_config[12];

	if (check_range(look, "link", &file->link, &now->link) ||
	    check_range(look, "prefix", &file->prefix, &now->prefix))
		return -1;
	snprintf(in_file, sizeof(in_file), "%u", file->delegate);
	snprintf(in_config, sizeof(in_config), "%u", now->delegate);
	return differs(look, "delegate", in_file, in_config);
}

/**
 * ranges_check() - compare an open file's ranges with the configuration's
 * @t:		Table, unlocked; a new prefix is recorded unless it is open for TABLE_READ
 * @config:	Configuration
 * @cure:	Advice for the log if they differ: RANGES_MOVE
 *
 * A file without recorded ranges or with a damaged header passes.
 *
 * Return: 0; -1 with EINVAL for another range, logged, or with the errno of an error
 */
int ranges_check(struct table *t, const struct config *config, const char *cure)
{
	const struct look look = {.table = t, .cure = cure};
	struct pool_ranges now = pool_ranges(config, t->kind);

	if (t->damage || !t->ranges.link.len)
		return 0;
	if (!ranges_fit(&t->ranges, &now))
		return name_difference(&look, &now);
	if (!t->ranges.prefix.len && now.prefix.len && t->use != TABLE_READ)
		return record(t, &now);
	return 0;
}
