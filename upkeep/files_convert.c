/* SPDX-License-Identifier: MIT */
/* files_convert.c - convert allocation files of format 1 */
#include <errno.h>

#include "alloc/rebuild.h"
#include "lib/log.h"
#include "upkeep/files.h"

/** why_not() - why a file was not converted, or NULL for an error that has been logged */
static const char *why_not(enum rebuild_result result)
{
	switch (result) {
	case REBUILD_SESSIONS:
		return "sessions hold leases all the time";
	case REBUILD_BUSY:
		return "another tspctl is replacing it";
	default:
		return NULL;
	}
}

/** convert() - one file, if it has format 1 */
static void convert(const struct config *config, enum pool_kind kind)
{
	struct pool_ranges ranges = pool_ranges(config, kind);
	enum rebuild_result result;
	struct rebuild out;
	char path[PATH_MAX];
	struct table t;
	const char *why;

	if (pool_path(config, kind, path) || table_open_for(&t, path, kind, TABLE_OLD))
		return; /* missing, of format 2, or unreadable: who opens it next says so */
	result = rebuild_table(&t, t.capacity, &ranges, config->session_seconds, &out);
	why = why_not(result);
	if (result == REBUILD_OK)
		log_msg(LOG_NOTICE,
			"%s: converted to format 2, %u leases; %s.v1 is the old file",
			path, t.capacity, path);
	else if (why)
		log_msg(LOG_ERR, "%s: not converted: %s", path, why);
	table_close(&t);
}

/**
 * files_convert() - convert all allocation files of format 1; others stay as they are
 * @config:	Configuration
 *
 * Each old file stays beside the new one as FILE.v1. Whoever is killed meanwhile leaves the
 * old file or the new one. A file that could not be converted is logged; it stays as it is,
 * and opening it says what it is.
 *
 * Return: 0; -1 when this process may not work on the files, logged
 */
int files_convert(const struct config *config)
{
	if (files_become_owner(config))
		return -1;
	POOL_EACH(kind) {
		if (pool_config(config, kind)->present)
			convert(config, kind);
	}
	return 0;
}
