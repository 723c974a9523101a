/* SPDX-License-Identifier: MIT */
/*
 * backup_put.c - put an allocation file of a backup in place
 *
 * The file is written beside its place, checked, and gets its name last: a process killed at
 * any moment leaves the old file or the new one. A present file is kept under another name,
 * and replaced as by a rebuild: while no session holds a lease in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc/backup.h"
#include "alloc/beside.h"
#include "alloc/ranges.h"
#include "lib/file.h"
#include "lib/log.h"

/** struct placing - backup_put() under way */
struct placing {
	const struct config *config;
	enum pool_kind pool;
	char path[PATH_MAX];
	char fresh[PATH_MAX];
	struct backup_put *out;
};

/** fail() - log an error of the new file; always REBUILD_ERROR */
static enum rebuild_result fail(const struct placing *p, const char *what)
{
	log_msg(LOG_ERR, "%s: %s: %m", p->path, what);
	return REBUILD_ERROR;
}

/** write_fresh() - write the file beside its place, durably */
static enum rebuild_result write_fresh(struct placing *p, const struct backup *b)
{
	const struct backup_part *part = &b->parts[p->pool];
	int fd = mkostemp(p->fresh, O_CLOEXEC), r;

	if (fd < 0)
		return fail(p, "cannot create a file beside it");
	r = file_copy(b->fd, part->at, header_file_size(part->header.capacity), fd) ||
	    fchmod(fd, 0640) || fsync(fd);
	if (r)
		fail(p, "cannot write a file beside it");
	close(fd);
	return r ? REBUILD_ERROR : REBUILD_OK;
}

/** count_damage() - table_visitor(): count damaged lines */
static int count_damage(uint32_t number, const struct lease *lease, const char *why,
			void *context)
{
	struct placing *p = context;

	(void)number;
	(void)why;
	p->out->damaged += !lease;
	return 0;
}

/** check_fresh() - it was made for the configured ranges; count its damaged lines */
static enum rebuild_result check_fresh(struct placing *p)
{
	struct table t;
	int r;

	if (table_open_for(&t, p->fresh, p->pool, TABLE_READ))
		return REBUILD_ERROR;
	r = ranges_check(&t, p->config, "set that back to restore it") ||
	    table_each(&t, count_damage, p);
	table_close(&t);
	return r ? REBUILD_ERROR : REBUILD_OK;
}

/** take_name() - put the new file in place, where no file is present */
static enum rebuild_result take_name(const struct placing *p)
{
	/* a file that has come into being meanwhile is not ours to replace */
	if (link(p->fresh, p->path))
		return fail(p, "cannot put the file in place");
	beside_sync_name(p->path);
	return REBUILD_OK;
}

/** swap() - put the new file in place of the present one */
static enum rebuild_result swap(struct placing *p)
{
	return beside_swap(p->fresh, p->path, p->out->kept) ? REBUILD_ERROR : REBUILD_OK;
}

/** replace() - replace an open file while no session holds a lease */
static enum rebuild_result replace(struct placing *p, struct table *t)
{
	enum rebuild_result r;

	if (table_hold(t, 0))
		return errno == EAGAIN ? REBUILD_BUSY : REBUILD_ERROR;
	r = rebuild_lock_idle(t, p->config->session_seconds);
	if (r == REBUILD_OK) {
		r = swap(p);
		table_unlock(t);
	}
	table_release(t, 0);
	return r;
}

/**
 * place() - put the new file in place
 *
 * No session can use a present file that is not an allocation file, so that one is replaced
 * without a lock. Other errors say nothing about the file.
 */
static enum rebuild_result place(struct placing *p)
{
	enum rebuild_result r;
	struct table t;

	if (access(p->path, F_OK) && errno == ENOENT)
		return take_name(p);
	if (table_open_for(&t, p->path, p->pool, TABLE_MEND))
		return errno == EBADMSG || errno == EPROTONOSUPPORT ? swap(p)
								    : REBUILD_ERROR;
	r = replace(p, &t);
	table_close(&t);
	return r;
}

/**
 * backup_put() - put a pool's file of a backup in place
 * @b:		Backup that has it
 * @pool:	Pool
 * @config:	Configuration, whose ranges the file must have been made for
 * @out:	Result
 *
 * Return: REBUILD_OK, REBUILD_BUSY, REBUILD_SESSIONS; REBUILD_ERROR, logged
 */
enum rebuild_result backup_put(const struct backup *b, enum pool_kind pool,
			       const struct config *config, struct backup_put *out)
{
	struct placing p = {.config = config, .pool = pool, .out = out};
	enum rebuild_result r;

	*out = (struct backup_put){.damaged = 0};
	if (pool_path(config, pool, p.path))
		return REBUILD_ERROR;
	if (file_path(p.fresh, "%s.XXXXXX", p.path))
		return fail(&p, "cannot create a file beside it");
	r = write_fresh(&p, b);
	if (r == REBUILD_OK)
		r = check_fresh(&p);
	if (r == REBUILD_OK)
		r = place(&p);
	unlink(p.fresh);
	return r;
}
