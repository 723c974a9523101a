/* SPDX-License-Identifier: MIT */
/*
 * files_make.c - make allocation files that were never made before
 *
 * No other place makes one, since a new file in place of a lost one gives every client
 * another address. The record beside the configuration (state_id.c) tells which were made.
 * A file is made first and recorded second: a process killed between leaves a file that the
 * next one finds and records.
 */
#include "upkeep/files_make.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alloc/table.h"
#include "lib/log.h"
#include "upkeep/as_owner.h"

/** struct making - what the child does, and its results */
struct making {
	const struct config *config;
	bool make[POOL_KINDS];
	bool again; /* record what is there, even if another file was recorded */
	uint64_t identity[POOL_KINDS]; /* 0: the file cannot be read */
	enum file_fate fates[POOL_KINDS];
};

/** identity_of() - the number in a file's header; 0: it has none that can be read */
static uint64_t identity_of(const char *path, enum pool_kind kind)
{
	struct table t;
	uint64_t identity;

	if (table_open_for(&t, path, kind, TABLE_READ))
		return 0;
	identity = t.identity;
	table_close(&t);
	return identity;
}

/** look() - as_owner_run(): which files are there, and who they are */
static int look(void *context)
{
	struct making *m = context;
	char path[PATH_MAX];

	POOL_EACH(kind) {
		m->fates[kind] = FILE_NO_POOL;
		if (!pool_config(m->config, kind)->present)
			continue;
		if (pool_path(m->config, kind, path))
			return -1;
		m->fates[kind] = FILE_THERE;
		if (!access(path, F_OK))
			m->identity[kind] = identity_of(path, kind);
		else if (errno == ENOENT)
			m->fates[kind] = FILE_NEW;
		else
			log_msg(LOG_ERR, "%s: %m", path);
	}
	return 0;
}

/** make() - as_owner_run(): make the files that are wanted */
static int make(void *context)
{
	struct making *m = context;
	char path[PATH_MAX];

	POOL_EACH(kind) {
		if (!m->make[kind] && !(m->again && m->fates[kind] == FILE_THERE))
			continue;
		if (pool_path(m->config, kind, path) ||
		    (m->make[kind] && table_make(m->config, kind)))
			m->fates[kind] = FILE_FAILED;
		else
			m->identity[kind] = identity_of(path, kind);
	}
	return 0;
}

/** take() - identity and path of a file that is there, for the record; 0 or -1 */
static int take(const struct making *m, enum pool_kind kind, struct state_id *id)
{
	if (!m->identity[kind] || (id->identity && !m->again && !m->make[kind]))
		return 0;
	id->identity = m->identity[kind];
	return pool_path(m->config, kind, id->path);
}

/** run() - let the child work; results go to @ids and @fates */
static int run(int (*work)(void *), struct making *m, struct state_id ids[POOL_KINDS],
	       enum file_fate fates[POOL_KINDS])
{
	int r;

	memcpy(m->fates, fates, sizeof(m->fates));
	r = as_owner_run(m->config, work, m);
	memcpy(fates, m->fates, sizeof(m->fates));
	POOL_EACH(kind)
		r = r ? r : take(m, kind, &ids[kind]);
	return r;
}

/** same() - the record equals @ids already */
static bool same(const struct config *config, const struct state_id ids[POOL_KINDS])
{
	static struct state_id recorded[POOL_KINDS];
	bool equal = !state_id_read(config, recorded);

	POOL_EACH(kind)
		equal = equal && recorded[kind].identity == ids[kind].identity &&
			!strcmp(recorded[kind].path, ids[kind].path);
	return equal;
}

/**
 * files_make_look() - find out which files are there, which were lost and which are new
 * @config:	Configuration
 * @ids:	Result: the record, with the files that are there
 * @fates:	Result, of each pool
 *
 * Return: 0; -1, logged
 */
int files_make_look(const struct config *config, struct state_id ids[POOL_KINDS],
		    enum file_fate fates[POOL_KINDS])
{
	struct making *m = as_owner_memory(sizeof(*m));
	int r = -1;

	memset(fates, 0, POOL_KINDS * sizeof(*fates));
	if (!m)
		return -1;
	m->config = config;
	if (!state_id_read(config, ids))
		r = run(look, m, ids, fates);
	POOL_EACH(kind) {
		if (fates[kind] == FILE_NEW && ids[kind].identity)
			fates[kind] = FILE_LOST;
	}
	as_owner_free(m, sizeof(*m));
	return r;
}

/**
 * files_make() - make missing files, and record all that are there
 * @config:	Configuration
 * @ids:	From files_make_look(); afterwards what is recorded
 * @fates:	From files_make_look(); FILE_FAILED: the file could not be made, logged
 * @lost_too:	Also make files that were made before, and record files that are there in
 *		place of others
 *
 * Return: 0; -1, logged
 */
int files_make(const struct config *config, struct state_id ids[POOL_KINDS],
	       enum file_fate fates[POOL_KINDS], bool lost_too)
{
	struct making *m = as_owner_memory(sizeof(*m));
	int r;

	if (!m)
		return -1;
	m->config = config;
	m->again = lost_too;
	POOL_EACH(kind)
		m->make[kind] =
			fates[kind] == FILE_NEW || (lost_too && fates[kind] == FILE_LOST);
	r = run(make, m, ids, fates);
	as_owner_free(m, sizeof(*m));
	if (r || same(config, ids))
		return r;
	return state_id_write(config, ids);
}
