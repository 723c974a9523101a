/* SPDX-License-Identifier: MIT */
/* restore_state.c - tspctl restore-state: put the leases of a backup in place */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alloc/backup.h"
#include "ctl/ui/confirm.h"
#include "ctl/ui/options.h"
#include "lib/log.h"
#include "lib/timestamp.h"
#include "upkeep/as_owner.h"
#include "upkeep/state_id.h"

/** struct restoring - ctl_restore_state() under way; shared with the child */
struct restoring {
	const struct config *config;
	struct backup backup;
	bool put[POOL_KINDS]; /* in place */
	struct backup_put out[POOL_KINDS];
};

/** wanted() - the backup has a file of this pool, and the pool is configured */
static bool wanted(const struct restoring *r, enum pool_kind kind)
{
	return r->backup.has[kind] && pool_config(r->config, kind)->present;
}

/** read_backup() - open and check the backup; 0, or an exit status, reported */
static int read_backup(const char *path, struct restoring *r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const char *why;

	if (fd < 0) {
		log_msg(LOG_ERR, "%s: %m", path);
		return CTL_ERROR;
	}
	if (!backup_read(fd, &r->backup, &why))
		return 0;
	log_msg(LOG_ERR, "%s: %s", path, why);
	close(fd);
	return CTL_DAMAGED;
}

/** ask() - ask before files are replaced; 0, or CTL_FAILED, reported */
static int ask(const struct restoring *r, bool yes)
{
	char made[TIMESTAMP_LEN], path[PATH_MAX];
	int status = 0;

	timestamp_format(r->backup.made, made);
	POOL_EACH(kind) {
		if (status || !wanted(r, kind) || pool_path(r->config, kind, path) ||
		    access(path, F_OK))
			continue;
		status = confirm(yes,
				 "Replace %s with the backup of %s and lose all newer "
				 "leases",
				 path, made);
	}
	return status;
}

/** say_failed() - report why a file was not put in place */
static void say_failed(enum pool_kind kind, enum rebuild_result result)
{
	if (result == REBUILD_BUSY)
		log_msg(LOG_ERR, "another tspctl is replacing the file of pool %s",
			pool_name(kind));
	if (result == REBUILD_SESSIONS)
		log_msg(LOG_ERR,
			"sessions held leases of pool %s all the time; try again",
			pool_name(kind));
}

/** put_files() - as_owner_run(): put the files in place; returns an exit status */
static int put_files(void *context)
{
	struct restoring *r = context;
	int status = CTL_OK;

	POOL_EACH(kind) {
		enum rebuild_result result;

		if (!wanted(r, kind))
			continue;
		result = backup_put(&r->backup, kind, r->config, &r->out[kind]);
		r->put[kind] = result == REBUILD_OK;
		if (r->put[kind])
			continue;
		say_failed(kind, result);
		status = CTL_FAILED;
	}
	return status;
}

/** record() - record which files are there now; 0, or CTL_ERROR, reported */
static int record(const struct restoring *r)
{
	static struct state_id ids[POOL_KINDS];
	bool any = false;

	if (state_id_read(r->config, ids))
		return CTL_ERROR;
	POOL_EACH(kind) {
		if (!r->put[kind])
			continue;
		any = true;
		ids[kind].identity = r->backup.parts[kind].header.identity;
		if (pool_path(r->config, kind, ids[kind].path))
			return CTL_ERROR;
	}
	return any && state_id_write(r->config, ids) ? CTL_ERROR : 0;
}

/** say_pool() - print the result for a pool; returns the exit status */
static int say_pool(const struct restoring *r, enum pool_kind kind)
{
	char made[TIMESTAMP_LEN], path[PATH_MAX];

	if (pool_path(r->config, kind, path))
		return CTL_ERROR;
	timestamp_format(r->backup.made, made);
	if (!r->backup.has[kind]) {
		log_msg(LOG_ERR, "%s: the backup has no leases of this pool", path);
		return CTL_FAILED;
	}
	if (!r->put[kind])
		return CTL_FAILED; /* reported */
	printf("%s: as of %s\n", path, made);
	if (*r->out[kind].kept)
		printf("%s: the file that it replaces\n", r->out[kind].kept);
	if (!r->out[kind].damaged)
		return CTL_OK;
	log_msg(LOG_ERR, "%s: %u damaged lines; see 'tspctl check'", path,
		r->out[kind].damaged);
	return CTL_DAMAGED;
}

/** say_all() - print all results; returns the exit status */
static int say_all(const struct restoring *r)
{
	int worst = CTL_OK, status;

	POOL_EACH(kind) {
		if (!pool_config(r->config, kind)->present)
			continue;
		status = say_pool(r, kind);
		worst = status > worst ? status : worst;
	}
	if (r->put[POOL_USERS] || r->put[POOL_ANONYMOUS])
		printf("now 'tspctl restore' builds the tunnels of these leases\n");
	return worst;
}

/** restore_state() - with the backup open; returns the exit status */
static int restore_state(struct restoring *r, bool yes)
{
	int status, recorded;

	if (!state_id_writable(r->config))
		return CTL_ERROR;
	status = ask(r, yes);
	if (status)
		return status;
	status = as_owner_run(r->config, put_files, r);
	recorded = record(r);
	if (status < 0 || recorded)
		return CTL_ERROR;
	return say_all(r);
}

int ctl_restore_state(struct ctl *ctl, int argc, char **argv)
{
	bool yes = false;
	const struct option_spec specs[] = {{"yes", OPTION_FLAG, &yes}};
	int status, first = options_parse(ctl, argc, argv, specs, 1, 1, 1);
	struct restoring *r;

	if (first < 0)
		return CTL_USAGE;
	r = as_owner_memory(sizeof(*r));
	if (!r)
		return CTL_ERROR;
	r->config = &ctl->config;
	status = read_backup(argv[first], r);
	if (!status) {
		status = restore_state(r, yes);
		close(r->backup.fd);
	}
	as_owner_free(r, sizeof(*r));
	return status;
}
