/* SPDX-License-Identifier: MIT */
/* files_convert.c - convert allocation files of format 1 */
#include <errno.h>

#include "alloc/rebuild.h"
#include "lib/log.h"
#include "upkeep/files.h"

/** say() - log what came of it; errors have been logged */
static void say(const char *path, const struct table *t, enum rebuild_result result,
		const struct rebuild *out)
{
	switch (result) {
	case REBUILD_OK:
		log_msg(LOG_NOTICE,
			"%s: converted to format 2, %u leases; %s.v1 is the old file",
			path, t->capacity, path);
		break;
	case REBUILD_SESSIONS:
		log_msg(LOG_ERR, "%s: not converted: sessions hold leases all the time",
			path);
		break;
	case REBUILD_BUSY:
		log_msg(LOG_ERR, "%s: not converted: another tspctl is replacing it",
			path);
		break;
	case REBUILD_LOSSES:
		log_msg(LOG_ERR,
			"%s: not converted: %u leases would be lost; 'tspctl check "
			"--repair --force' converts it anyway",
			path, out->lost);
		break;
	default:
		break;
	}
}

/** convert() - one file, if it has format 1 */
static void convert(const struct config *config, enum pool_kind kind, uint32_t may_lose)
{
	struct pool_ranges ranges = pool_ranges(config, kind);
	enum rebuild_result result;
	struct rebuild out;
	char path[PATH_MAX];
	struct table t;

	if (pool_path(config, kind, path) || table_open_for(&t, path, kind, TABLE_OLD))
		return; /* missing, of format 2, or unreadable: the next open reports it */
	result = rebuild_convert(&t, &ranges, may_lose, config->session_seconds, &out);
	say(path, &t, result, &out);
	table_close(&t);
}

/**
 * files_convert() - convert all allocation files of format 1; others are left unchanged
 * @config:	Configuration
 * @may_lose:	Leases of a file whose damaged lines may become free
 *
 * Each old file stays beside the new one as FILE.v1. A process killed meanwhile leaves the
 * old file or the new one. A file that could not be converted is logged and left unchanged;
 * opening it reports its format.
 *
 * Return: 0; -1 when this process may not work on the files, logged
 */
int files_convert(const struct config *config, uint32_t may_lose)
{
	if (files_become_owner(config))
		return -1;
	POOL_EACH(kind) {
		if (pool_config(config, kind)->present)
			convert(config, kind, may_lose);
	}
	return 0;
}
