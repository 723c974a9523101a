/* SPDX-License-Identifier: MIT */
/* load.h - load the programs and their maps into the kernel */
#ifndef DATAPATH_LOAD_H
#define DATAPATH_LOAD_H

#include <stdint.h>
#include <sys/types.h>

#include "datapath/bpf/maps.h"
#include "datapath/pinned.h"

struct bpf_object;

/**
 * struct load - programs and maps of one start
 * @device:	[server] device
 * @entries:	By enum pinned_size: entries that maps of it have
 * @group:	The broker's group
 * @pinned:	By enum pinned_id: map that was pinned before, or -1
 * @moved:	Set of enum pinned_id: a new map takes the place of the pinned one
 */
struct load {
	const char *device;
	uint32_t entries[SIZES];
	gid_t group;
	struct bpf_object *object;
	int in, out; /* programs */
	int pinned[PINNED_COUNT];
	unsigned moved;
};

int load_open(struct load *l);
int load_programs(struct load *l, const struct tsp_config *config);
int load_pin(struct load *l, const struct tsp_config *config);
int load_publish(struct load *l);
int load_map(const struct load *l, enum pinned_id id);
uint32_t load_constants(const struct load *l);
void load_close(struct load *l);

#endif
