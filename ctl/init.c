/* SPDX-License-Identifier: MIT */
/* init.c - tspctl init: create missing allocation files */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "lib/log.h"

int ctl_init(struct ctl *ctl, int argc, char **argv)
{
	bool missing[POOL_KINDS] = {false};
	struct files files;
	char path[PATH_MAX];
	int r;

	if (options_parse(ctl, argc, argv, NULL, 0, 0, 0) < 0)
		return CTL_USAGE;
	POOL_EACH(kind) {
		if (pool_path(&ctl->config, kind, path))
			return CTL_ERROR;
		missing[kind] = access(path, F_OK) && errno == ENOENT;
	}
	r = command_open(ctl, &files, TABLE_SERVE); /* creates them */
	if (r)
		return r;
	POOL_EACH(kind) {
		const struct table *t = &files.store.tables[kind];

		if (t->fd >= 0)
			printf("%s: %s, %u leases\n", t->path,
			       missing[kind] ? "made" : "there already", t->capacity);
	}
	r = command_exit(&files, CTL_OK);
	files_close(&files);
	return r;
}
