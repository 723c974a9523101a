/* SPDX-License-Identifier: MIT */
/* files.h - the allocation files, for a command */
#ifndef UPKEEP_FILES_H
#define UPKEEP_FILES_H

#include "alloc/store.h"
#include "ctl/ctl.h"

/**
 * struct files - allocation files open
 * @store:	Their tables; closed are those of pools that are not configured, that are
 *		missing (TABLE_READ), or too damaged
 * @damaged:	Files whose header or size is wrong, and lines that are damaged
 * @missing:	There is no file, and TABLE_READ makes none
 */
struct files {
	struct store store;
	size_t damaged;
	bool missing[POOL_KINDS];
};

int files_open(struct ctl *ctl, struct files *f, enum table_use use);
void files_close(struct files *f);
void files_report(const struct files *f);
void files_damaged_lines(struct files *f, size_t count);
int files_exit(const struct files *f, int status);

#endif
