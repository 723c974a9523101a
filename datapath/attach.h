/* SPDX-License-Identifier: MIT */
/* attach.h - attach programs to devices and detach them */
#ifndef DATAPATH_ATTACH_H
#define DATAPATH_ATTACH_H

#include <stdint.h>

#include "datapath/links.h"
#include "datapath/uplinks.h"

/** struct attach_site - a device whose program was changed, and its earlier program */
struct attach_site {
	uint32_t index;
	uint32_t mode; /* XDP_FLAGS_DRV_MODE or XDP_FLAGS_SKB_MODE; 0: tc */
	int before;    /* program, -1: none */
	int now;
};

/** struct attach - changes that attach_undo() reverts */
struct attach {
	const struct links *links;
	const char *device;
	struct attach_site sites[UPLINK_MAX + 1];
	size_t count;
};

int attach_out(struct attach *a, uint32_t index, int program);
int attach_in(struct attach *a, const struct link *link, int program);
void attach_undo(struct attach *a);
void attach_done(struct attach *a);
uint32_t attach_read(uint32_t index, uint32_t *mode);
uint32_t attach_read_out(uint32_t index);
int attach_off(const struct links *links, const char *device, const struct uplinks *but);

#endif
