/* SPDX-License-Identifier: MIT */
/* identify.h - find out which data path a loaded program belongs to */
#ifndef DATAPATH_IDENTIFY_H
#define DATAPATH_IDENTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "datapath/links.h"

/** enum owner - the data path that a program belongs to */
enum owner {
	OWNER_US,      /* of this data path, or of one whose device is gone */
	OWNER_ANOTHER, /* of another broker's data path on this machine */
	OWNER_FOREIGN, /* not of tsp-datapath */
};

#define PROGRAM_NAME_LEN 16

enum owner identify(uint32_t program, const struct links *links, const char *device,
		    char name[PROGRAM_NAME_LEN]);
bool identify_uses(uint32_t program, uint32_t map);

#endif
