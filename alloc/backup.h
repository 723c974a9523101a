/* SPDX-License-Identifier: MIT */
/* backup.h - a consistent copy of all allocation files in one file */
#ifndef ALLOC_BACKUP_H
#define ALLOC_BACKUP_H

#include <time.h>

#include "alloc/header.h"
#include "alloc/rebuild.h"
#include "alloc/store.h"

/** struct backup_part - an allocation file inside a backup */
struct backup_part {
	struct header header;
	off_t at; /* offset of its header */
};

/** struct backup - a backup that is whole */
struct backup {
	int fd;
	time_t made;
	struct backup_part parts[POOL_KINDS];
	bool has[POOL_KINDS];
};

/**
 * struct backup_put - what backup_put() has done
 * @kept:	The replaced file's name now; empty: there was none
 * @damaged:	Damaged lines of the file that is in place
 */
struct backup_put {
	char kept[PATH_MAX];
	unsigned damaged;
};

int backup_write(struct store *store, int fd);
int backup_read(int fd, struct backup *out, const char **why);
enum rebuild_result backup_put(const struct backup *b, enum pool_kind pool,
			       const struct config *config, struct backup_put *out);

#endif
