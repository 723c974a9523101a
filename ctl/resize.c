/* SPDX-License-Identifier: MIT */
/* resize.c - tspctl resize: change the capacity of a pool; no lease moves */
#include <stdio.h>

#include "alloc/rebuild.h"
#include "ctl/ui/command.h"
#include "ctl/ui/confirm.h"
#include "ctl/ui/options.h"
#include "lib/config_parser.h"
#include "lib/log.h"

/** parse_operands() - pool and capacity; 0, or -1, reported */
static int parse_operands(char **argv, enum pool_kind *pool, uint32_t *capacity)
{
	if (pool_parse(argv[0], pool)) {
		log_msg(LOG_ERR, "neither users nor anonymous: '%s'", argv[0]);
		return -1;
	}
	if (!parse_u32(argv[1], 1, CONFIG_CAPACITY_MAX, capacity))
		return 0;
	log_msg(LOG_ERR, "capacity: not a number from 1 to %u: '%s'", CONFIG_CAPACITY_MAX,
		argv[1]);
	return -1;
}

/** say_in_the_way() - report which lease would be lost */
static int say_in_the_way(const struct table *t, uint32_t capacity,
			  const struct rebuild *found)
{
	const char *pool = pool_name(t->kind);

	if (found->damaged)
		log_msg(LOG_ERR,
			"not resized to %u: the line of lease %s/%u is damaged: run "
			"'tspctl check --repair'",
			capacity, pool, found->in_the_way);
	else
		log_msg(LOG_ERR,
			"not resized to %u: lease %s/%u is in use ('tspctl show %s/%u'); "
			"if it has run out, 'tspctl expire' ends it",
			capacity, pool, found->in_the_way, pool, found->in_the_way);
	return CTL_FAILED;
}

/** say_resized() - report the change, and what the configuration needs */
static int say_resized(const struct ctl *ctl, const struct table *t, uint32_t capacity,
		       const struct rebuild *found, bool dry)
{
	const char *pool = pool_name(t->kind);

	printf("%s: %s%u leases, %s %u\n", t->path, dry ? "would have " : "", capacity,
	       dry ? "now" : "before", t->capacity);
	if (found->forgotten)
		printf("%u expired leases beyond %u %s forgotten: their owners %s get "
		       "others\n",
		       found->forgotten, capacity, dry ? "would be" : "are",
		       dry ? "would" : "will");
	if (!dry && pool_config(&ctl->config, t->kind)->capacity != capacity)
		printf("now set 'capacity = %u' in [pool %s] of %s\n", capacity, pool,
		       ctl->config.path);
	return CTL_OK;
}

/** resize() - with the files open; returns the exit status */
static int resize(struct ctl *ctl, struct table *t, uint32_t capacity, bool dry, bool yes)
{
	enum rebuild_result result;
	struct rebuild found;

	if (capacity == t->capacity) {
		printf("%s: has %u leases already\n", t->path, capacity);
		return CTL_OK;
	}
	if (t->kind == POOL_USERS &&
	    capacity > config_pool_room(&ctl->config.users_pool)) {
		log_msg(LOG_ERR,
			"not resized to %u: link and prefix hold no more than %u leases",
			capacity, config_pool_room(&ctl->config.users_pool));
		return CTL_FAILED;
	}
	if (!dry && confirm(yes, "Replace %s, a file of %u leases, with one of %u",
			    t->path, t->capacity, capacity))
		return CTL_FAILED;
	if (dry)
		result = rebuild_check(t, capacity, &found);
	else
		result = rebuild_table(t, capacity, &t->ranges,
				       ctl->config.session_seconds, &found);
	switch (result) {
	case REBUILD_OK:
		return say_resized(ctl, t, capacity, &found, dry);
	case REBUILD_IN_THE_WAY:
		return say_in_the_way(t, capacity, &found);
	case REBUILD_BUSY:
		log_msg(LOG_ERR, "another tspctl is replacing %s", t->path);
		return CTL_FAILED;
	case REBUILD_SESSIONS:
		log_msg(LOG_ERR,
			"not resized: sessions held leases for all of %u s; try again",
			ctl->config.session_seconds);
		return CTL_FAILED;
	case REBUILD_LOSSES: /* of conversions alone */
	case REBUILD_ERROR:
		break;
	}
	return CTL_ERROR;
}

int ctl_resize(struct ctl *ctl, int argc, char **argv)
{
	bool dry = false, yes = false;
	const struct option_spec specs[] = {{"dry-run", OPTION_FLAG, &dry},
					    {"yes", OPTION_FLAG, &yes}};
	int first = options_parse(ctl, argc, argv, specs, 2, 2, 2);
	enum pool_kind pool;
	struct files files;
	uint32_t capacity;
	int r;

	if (first < 0 || parse_operands(argv + first, &pool, &capacity))
		return CTL_USAGE;
	if (!pool_config(&ctl->config, pool)->present) {
		log_msg(LOG_ERR, "%s: there is no [pool %s]", ctl->config.path,
			pool_name(pool));
		return CTL_FAILED;
	}
	r = command_open(ctl, &files, dry ? TABLE_READ : TABLE_SERVE);
	if (r)
		return r;
	files_report(&files);
	if (files.store.tables[pool].fd < 0 || files.store.tables[pool].damage)
		r = CTL_DAMAGED; /* reported */
	else
		r = resize(ctl, &files.store.tables[pool], capacity, dry, yes);
	files_close(&files);
	return r;
}
