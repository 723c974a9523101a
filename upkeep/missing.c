/* SPDX-License-Identifier: MIT */
/*
 * missing.c - a missing allocation file: what it can be restored from
 *
 * A lost file is often near: its directory was renamed, or moved aside by hand. The record
 * (state_id.c) has its identity, so only the right file is named, and the newest if there are
 * several.
 */
#include "upkeep/missing.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc/table.h"
#include "upkeep/state_id.h"

/** struct candidate - a file to restore from, the newest so far */
struct candidate {
	enum pool_kind pool;
	uint64_t identity; /* that an allocation file must have; 0: any */
	bool backup;
	time_t changed;
	char path[PATH_MAX];
};

/** is_ours() - an allocation file of the pool, and the one that was recorded */
static bool is_ours(const struct candidate *c, const char *path)
{
	struct table t;
	bool ours;

	if (table_open_quietly(&t, path, c->pool))
		return false;
	ours = !c->identity || t.identity == c->identity;
	table_close(&t);
	return ours;
}

/** consider() - take the newest file that a pattern finds */
static void consider(struct candidate *c, const char *pattern, bool backup)
{
	struct stat st;
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];

		if (stat(path, &st) || !S_ISREG(st.st_mode) || st.st_mtime < c->changed ||
		    (!backup && !is_ours(c, path)))
			continue;
		c->changed = st.st_mtime;
		c->backup = backup;
		snprintf(c->path, sizeof(c->path), "%s", path);
	}
	globfree(&found);
}

/** search() - look where a lost file or a backup is likely to be */
static void search(const struct config *config, struct candidate *c)
{
	const char *slash = strrchr(config->state, '/');
	char pattern[PATH_MAX + 64];

	consider(c, MISSING_BACKUP "/*", true);
	snprintf(pattern, sizeof(pattern), "%s/*%s.leases*", config->state,
		 pool_name(c->pool));
	consider(c, pattern, false);
	if (!slash)
		return;
	snprintf(pattern, sizeof(pattern), "%.*s/*/*%s.leases*",
		 (int)(slash - config->state), config->state, pool_name(c->pool));
	consider(c, pattern, false);
}

/**
 * missing_explain() - say that a pool's file is missing, and what to do
 * @config:	Configuration
 * @pool:	Pool
 * @out:	Result
 */
void missing_explain(const struct config *config, enum pool_kind pool,
		     char out[MISSING_TEXT])
{
	static struct state_id ids[POOL_KINDS];
	struct candidate c = {.pool = pool};
	bool recorded = !state_id_read(config, ids);
	char path[PATH_MAX];

	if (pool_path(config, pool, path))
		path[0] = '\0';
	if (!recorded)
		memset(ids, 0, sizeof(ids));
	c.identity = ids[pool].identity;
	search(config, &c);
	if (*c.path && c.backup)
		snprintf(out, MISSING_TEXT,
			 "%.*s: missing; there is a backup: 'tspctl restore-state %s'",
			 PATH_MAX, path, c.path);
	else if (*c.path && recorded && !strcmp(c.path, ids[pool].path))
		snprintf(out, MISSING_TEXT,
			 "%.*s: missing; its leases are in %s: set 'state' back, or move "
			 "that",
			 PATH_MAX, path, c.path);
	else if (*c.path)
		snprintf(out, MISSING_TEXT,
			 "%.*s: missing; its leases are in %s: move that back", PATH_MAX,
			 path, c.path);
	else if (recorded && !c.identity)
		snprintf(out, MISSING_TEXT,
			 "%.*s: missing, and never made: 'tspctl init' makes it",
			 PATH_MAX, path);
	else if (recorded && strcmp(path, ids[pool].path) != 0)
		snprintf(out, MISSING_TEXT,
			 "%.*s: missing; it was made as %.*s, so set 'state' back, or "
			 "move it",
			 PATH_MAX / 2, path, PATH_MAX / 2, ids[pool].path);
	else
		snprintf(
			out, MISSING_TEXT,
			"%.*s: missing; no copy was found beside it or in " MISSING_BACKUP
			": restore one with 'tspctl restore-state FILE'",
			PATH_MAX, path);
}
