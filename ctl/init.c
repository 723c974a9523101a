/* SPDX-License-Identifier: MIT */
/*
 * init.c - tspctl init: make the allocation files of a new server
 *
 * Nothing else makes them. A file that the record beside the configuration lists was made
 * before and is lost: a new one replaces it only after confirmation.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/ui/confirm.h"
#include "ctl/ui/options.h"
#include "lib/log.h"
#include "upkeep/files_make.h"

/** will_make() - there is a file to make */
static bool will_make(const enum file_fate fates[POOL_KINDS], bool lost_too)
{
	bool any = false;

	POOL_EACH(kind)
		any |= fates[kind] == FILE_NEW || (lost_too && fates[kind] == FILE_LOST);
	return any;
}

/** say_lost() - report a file that was made before and is missing */
static void say_lost(const struct config *config, enum pool_kind kind)
{
	char path[PATH_MAX], record[PATH_MAX];

	if (!pool_path(config, kind, path) && !state_id_path(config, record))
		log_msg(LOG_ERR,
			"%s: not made: %s lists it, so it is lost; 'tspctl check' says "
			"what to restore it from",
			path, record);
}

/** ask() - may lost files be made anew? 0, or CTL_FAILED, reported */
static int ask(const struct config *config, const enum file_fate fates[POOL_KINDS],
	       bool yes)
{
	char path[PATH_MAX];
	int r = 0;

	POOL_EACH(kind) {
		if (fates[kind] != FILE_LOST || r)
			continue;
		r = pool_path(config, kind, path) ? CTL_ERROR : 0;
		if (!r)
			r = confirm(
				yes,
				"%s was made before and is missing. Give up its leases "
				"and make a new file",
				path);
	}
	return r;
}

/** say_made() - print the state of each file; returns the exit status */
static int say_made(const struct config *config, const enum file_fate before[POOL_KINDS],
		    const enum file_fate after[POOL_KINDS], bool first)
{
	char path[PATH_MAX];
	int r = CTL_OK;

	POOL_EACH(kind) {
		if (before[kind] == FILE_NO_POOL || pool_path(config, kind, path))
			continue;
		if (after[kind] == FILE_FAILED)
			r = CTL_ERROR; /* reported */
		else if (before[kind] == FILE_LOST && first)
			r = r == CTL_OK ? CTL_DAMAGED : r;
		else if (before[kind] != FILE_THERE)
			printf("%s: made, %u leases\n", path,
			       pool_config(config, kind)->capacity);
		else if (!first)
			printf("%s: there already\n", path);
	}
	return r;
}

int ctl_init(struct ctl *ctl, int argc, char **argv)
{
	static struct state_id ids[POOL_KINDS];
	enum file_fate before[POOL_KINDS], after[POOL_KINDS];
	const struct config *config = &ctl->config;
	bool first = false, yes = false;
	const struct option_spec specs[] = {{"first", OPTION_FLAG, &first},
					    {"yes", OPTION_FLAG, &yes}};
	int r = 0;

	if (options_parse(ctl, argc, argv, specs, 2, 0, 0) < 0)
		return CTL_USAGE;
	if (files_make_look(config, ids, before) ||
	    (will_make(before, !first) && !state_id_writable(config)))
		return CTL_ERROR;
	POOL_EACH(kind) {
		if (first && before[kind] == FILE_LOST)
			say_lost(config, kind);
	}
	if (!first)
		r = ask(config, before, yes);
	if (r)
		return r;
	memcpy(after, before, sizeof(after));
	if (files_make(config, ids, after, !first))
		return CTL_ERROR;
	return say_made(config, before, after, first);
}
