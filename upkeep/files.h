/* SPDX-License-Identifier: MIT */
/* files.h - the allocation files, opened as their owner */
#ifndef UPKEEP_FILES_H
#define UPKEEP_FILES_H

#include "alloc/store.h"
#include "upkeep/upkeep.h"

/**
 * struct files - open allocation files
 * @store:	Their tables. A table is closed when its pool is not configured, its file is
 *		missing or too damaged to be read.
 * @observer:	Watches runs over these files; NULL: nobody
 * @damaged:	Files that are missing or have a wrong header or size, plus damaged lines
 * @missing:	There is no such file
 * @moved:	It was made for other ranges, and is closed
 * @look:	Opened by files_look()
 */
struct files {
	struct store store;
	const struct upkeep_observer *observer;
	size_t damaged;
	bool missing[POOL_KINDS];
	bool moved[POOL_KINDS];
	bool look;
};

int files_become_owner(const struct config *config);
int files_convert(const struct config *config, uint32_t may_lose);
int files_open(struct files *f, const struct config *config, enum table_use use);
int files_look(struct files *f, const struct config *config);
void files_close(struct files *f);
void files_report_missing(const struct files *f);
void files_report(const struct files *f);
void files_damaged_lines(struct files *f, size_t count);

#endif
