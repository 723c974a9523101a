/* SPDX-License-Identifier: MIT */
/* files_make.h - make allocation files that were never made before */
#ifndef UPKEEP_FILES_MAKE_H
#define UPKEEP_FILES_MAKE_H

#include "upkeep/state_id.h"

/** enum file_fate - what files_make() finds, and does */
enum file_fate {
	FILE_NO_POOL, /* the pool is not configured */
	FILE_THERE,
	FILE_LOST, /* missing, and recorded: made only if wanted */
	FILE_NEW,  /* missing, never made before */
	FILE_FAILED,
};

int files_make_look(const struct config *config, struct state_id ids[POOL_KINDS],
		    enum file_fate fates[POOL_KINDS]);
int files_make(const struct config *config, struct state_id ids[POOL_KINDS],
	       enum file_fate fates[POOL_KINDS], bool lost_too);

#endif
