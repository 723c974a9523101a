/* SPDX-License-Identifier: MIT */
/*
 * backup.c - tspctl backup: a consistent copy of all leases in one file
 *
 * The file belongs to the caller, and nobody else can read it, since it holds the secrets of
 * the allocation files. Their owner writes it through a descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alloc/backup.h"
#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "lib/file.h"
#include "lib/log.h"
#include "upkeep/as_owner.h"

/** struct backup_run - ctl_backup() under way */
struct backup_run {
	const struct config *config;
	int fd;
};

/** copy() - as_owner_run(): write the backup; returns an exit status */
static int copy(void *context)
{
	struct backup_run *run = context;
	struct files files;
	int r = CTL_OK;

	/* readers have no locks, and a backup needs them */
	if (files_open(&files, run->config, TABLE_SERVE))
		return -1;
	files_report_missing(&files);
	files_report(&files);
	if (files.damaged) {
		log_msg(LOG_ERR,
			"no backup is made of files that are missing or damaged");
		r = CTL_DAMAGED;
	} else if (backup_write(&files.store, run->fd)) {
		log_msg(LOG_ERR, "cannot write the backup: %m");
		r = -1;
	}
	files_close(&files);
	return r;
}

/** finish() - give the backup its name; returns the exit status */
static int finish(const char *fresh, const char *path)
{
	if (rename(fresh, path) || file_sync_name(path)) {
		log_msg(LOG_ERR, "%s: %m", path);
		return CTL_ERROR;
	}
	printf("%s: written\n", path);
	return CTL_OK;
}

int ctl_backup(struct ctl *ctl, int argc, char **argv)
{
	struct backup_run run = {.config = &ctl->config};
	int r, fd, first = options_parse(ctl, argc, argv, NULL, 0, 1, 1);
	char fresh[PATH_MAX];

	if (first < 0)
		return CTL_USAGE;
	if (snprintf(fresh, sizeof(fresh), "%s.XXXXXX", argv[first]) >= PATH_MAX) {
		log_msg(LOG_ERR, "the name is too long");
		return CTL_ERROR;
	}
	fd = mkostemp(fresh, O_CLOEXEC); /* mode 600 */
	if (fd < 0) {
		log_msg(LOG_ERR, "%s: %m", argv[first]);
		return CTL_ERROR;
	}
	run.fd = fd;
	r = as_owner_run(&ctl->config, copy, &run);
	close(fd);
	r = r ? r : finish(fresh, argv[first]);
	if (r)
		unlink(fresh);
	return r < 0 ? CTL_ERROR : r;
}
