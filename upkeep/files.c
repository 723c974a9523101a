/* SPDX-License-Identifier: MIT */
/*
 * files.c - the allocation files, opened as their owner
 *
 * The state directory and its files belong to the user that sessions run as. Root becomes
 * that user and keeps CAP_NET_ADMIN, as a session under inetd does: templates run with the
 * same rights everywhere, and no file changes its owner.
 */
#include "upkeep/files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc/ranges.h"
#include "lib/log.h"
#include "sandbox/sandbox.h"

/** files_become_owner() - root becomes the owner of the state directory; 0 or -1, logged */
int files_become_owner(const struct config *config)
{
	struct passwd *pw;
	struct stat st;

	if (stat(config->state, &st)) {
		log_msg(LOG_ERR, "%s: %m%s", config->state,
			errno == ENOENT ? ": 'tsp-handler -n' says where its files are, "
					  "'systemd-tmpfiles --create' makes a new one"
					: "");
		return -1;
	}
	if (geteuid() != 0 || st.st_uid == 0)
		return 0;
	pw = getpwuid(st.st_uid);
	if (!pw) {
		log_msg(LOG_ERR, "%s: its owner, user id %u, has no name", config->state,
			(unsigned)st.st_uid);
		return -1;
	}
	return sandbox_become_user(pw->pw_name, true);
}

/** say_right() - log which right is missing, and who has it */
static void say_right(const struct config *config, const char *path, bool read)
{
	struct passwd *pw = NULL;
	struct group *gr = NULL;
	struct stat st;

	if (!stat(config->state, &st)) {
		pw = getpwuid(st.st_uid);
		gr = getgrgid(st.st_gid);
	}
	if (read)
		log_msg(LOG_ERR,
			"%s: no right to read it: be root, user '%s' or in group '%s'",
			path, pw ? pw->pw_name : "?", gr ? gr->gr_name : "?");
	else
		log_msg(LOG_ERR, "%s: no right to write to it: be root or user '%s'",
			path, pw ? pw->pw_name : "?");
}

/** note_missing() - a configured pool has no file; always 0 */
static int note_missing(struct files *f, enum pool_kind kind)
{
	f->missing[kind] = true;
	f->damaged++;
	return 0;
}

/** fits() - the file was made for the configured ranges */
static bool fits(const struct table *t, const struct config *config)
{
	struct pool_ranges now = pool_ranges(config, t->kind);

	return ranges_fit(&t->ranges, &now);
}

/** open_table() - open one file; 0, also if it stays closed; -1, logged */
static int open_table(const struct config *config, enum pool_kind kind, struct files *f,
		      enum table_use use)
{
	struct table *t = &f->store.tables[kind];
	bool read = use == TABLE_READ;
	char path[PATH_MAX];

	if (pool_path(config, kind, path))
		return -1;
	if (faccessat(AT_FDCWD, path, read ? R_OK : R_OK | W_OK, AT_EACCESS)) {
		if (errno == EACCES) {
			say_right(config, path, read);
			return -1;
		}
		if (errno == ENOENT)
			return note_missing(f, kind);
	}
	if (table_open_for(t, path, kind, use)) {
		t->fd = -1;
		if (errno == ENOENT)
			return note_missing(f, kind);
		if (errno != EBADMSG && errno != EPROTONOSUPPORT)
			return -1;
	}
	if (t->fd >= 0 && f->look && !fits(t, config)) {
		table_close(t);
		f->moved[kind] = true;
	}
	if (t->fd >= 0 && ranges_check(t, config, RANGES_MOVE))
		return -1;
	if (t->fd < 0 || t->damage)
		f->damaged++;
	return 0;
}

/** open_all() - files_open(); f->look is set */
static int open_all(struct files *f, const struct config *config, enum table_use use)
{
	f->store = (struct store){.config = config, .now = store_clock};
	POOL_EACH(kind)
		f->store.tables[kind].fd = -1;
	if (files_become_owner(config))
		return -1;
	POOL_EACH(kind) {
		if (!pool_config(config, kind)->present ||
		    !open_table(config, kind, f, use))
			continue;
		files_close(f);
		return -1;
	}
	return 0;
}

/**
 * files_open() - open the files of all configured pools
 * @f:		Result
 * @config:	Configuration; must outlive the files
 * @use:	Purpose
 *
 * A missing or damaged file does not keep the other one closed: see @missing and @damaged
 * of struct files.
 *
 * Return: 0; -1, logged, with nothing open
 */
int files_open(struct files *f, const struct config *config, enum table_use use)
{
	*f = (struct files){.look = false};
	return open_all(f, config, use);
}

/**
 * files_look() - files_open() with TABLE_READ, to say how things are
 *
 * A file that was made for other ranges stays closed: see @moved of struct files.
 */
int files_look(struct files *f, const struct config *config)
{
	*f = (struct files){.look = true};
	return open_all(f, config, TABLE_READ);
}

/** files_close() - close all files that are open */
void files_close(struct files *f)
{
	POOL_EACH(kind)
		table_close(&f->store.tables[kind]);
}

/** files_report() - log which open files are damaged; their readable lines are in use */
void files_report(const struct files *f)
{
	POOL_EACH(kind) {
		const struct table *t = &f->store.tables[kind];

		if (t->fd >= 0 && t->damage)
			log_msg(LOG_ERR, "%s: %s; see 'tspctl check'", t->path,
				t->damage);
	}
}

/** files_report_missing() - log which files are missing */
void files_report_missing(const struct files *f)
{
	char path[PATH_MAX];

	POOL_EACH(kind) {
		if (f->missing[kind] && !pool_path(f->store.config, kind, path))
			log_msg(LOG_ERR, TABLE_NO_FILE, path);
	}
}

/** files_damaged_lines() - log and count @count damaged lines that a run met */
void files_damaged_lines(struct files *f, size_t count)
{
	if (count)
		log_msg(LOG_ERR, "%zu damaged line%s passed over; see 'tspctl check'",
			count, count == 1 ? "" : "s");
	f->damaged += count;
}
