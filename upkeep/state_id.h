/* SPDX-License-Identifier: MIT */
/* state_id.h - which allocation files were made, recorded beside the configuration */
#ifndef UPKEEP_STATE_ID_H
#define UPKEEP_STATE_ID_H

#include "alloc/pool.h"

/**
 * struct state_id - the record of a pool's allocation file
 * @identity:	Its number, as in its header; 0: the pool is not recorded
 * @path:	Where it was when it was recorded
 */
struct state_id {
	uint64_t identity;
	char path[PATH_MAX];
};

int state_id_path(const struct config *config, char out[PATH_MAX]);
int state_id_read(const struct config *config, struct state_id out[POOL_KINDS]);
bool state_id_writable(const struct config *config);
int state_id_write(const struct config *config, const struct state_id ids[POOL_KINDS]);

#endif
