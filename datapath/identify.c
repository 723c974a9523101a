/* SPDX-License-Identifier: MIT */
/*
 * identify.c - find out which data path a loaded program belongs to
 *
 * Programs of ours have telling names and use a map that holds the number of their device.
 * That map is read instead of a list in a file: it exists as long as the program does.
 */
#include "datapath/identify.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datapath/bpf/maps.h"
#include "datapath/map.h"
#include "datapath/pinned.h"

#define MAPS_MAX 32 /* of a program */

/** read_device() - the device's number in map @id, if it is tsp_shared; -1 if it is not */
static int read_device(uint32_t id, uint32_t *device)
{
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);
	int fd = bpf_map_get_fd_by_id(id), result = -1;
	struct tsp_shared *shared;
	uint32_t zero = 0;

	if (fd < 0)
		return -1;
	/* the beginning is the same in all versions */
	if (!bpf_obj_get_info_by_fd(fd, &info, &len) &&
	    !strcmp(info.name, pinned_maps[PINNED_SHARED].name) &&
	    info.value_size >= offsetof(struct tsp_shared, config.outer)) {
		shared = calloc(1, info.value_size);
		if (shared && !map_lookup(fd, &zero, shared)) {
			*device = shared->config.inner;
			result = 0;
		}
		free(shared);
	}
	close(fd);
	return result;
}

/**
 * read_maps() - a program's name and the numbers of its maps
 * @program:	Its number
 * @name:	Result, of PROGRAM_NAME_LEN bytes
 * @maps:	Result
 *
 * Return: how many maps; -1: the program is gone
 */
/* NOLINTNEXTLINE(readability-non-const-parameter): the kernel writes the numbers */
static int read_maps(uint32_t program, char *name, uint32_t maps[MAPS_MAX])
{
	struct bpf_prog_info info = {.nr_map_ids = MAPS_MAX, .map_ids = (uintptr_t)maps};
	int fd = bpf_prog_get_fd_by_id(program), failed;
	uint32_t len = sizeof(info);

	if (fd < 0)
		return -1;
	failed = bpf_obj_get_info_by_fd(fd, &info, &len);
	close(fd);
	if (failed)
		return -1;
	snprintf(name, PROGRAM_NAME_LEN, "%s", info.name);
	return info.nr_map_ids < MAPS_MAX ? (int)info.nr_map_ids : MAPS_MAX;
}

/** read_program() - its name and the number of its device; -1: it has none, or is gone */
static int read_program(uint32_t program, char name[PROGRAM_NAME_LEN], uint32_t *device)
{
	uint32_t maps[MAPS_MAX] = {0};
	int count = read_maps(program, name, maps), i;

	if (strcmp(name, "tsp_in") != 0 && strcmp(name, "tsp_out") != 0)
		return -1;
	for (i = 0; i < count; i++) {
		if (!read_device(maps[i], device))
			return 0;
	}
	return -1;
}

/**
 * identify() - find a program's owner
 * @program:	Its number
 * @links:	All devices of this namespace
 * @device:	[server] device
 * @name:	Result: the program's name
 *
 * Return: one of enum owner
 */
enum owner identify(uint32_t program, const struct links *links, const char *device,
		    char name[PROGRAM_NAME_LEN])
{
	const struct link *link;
	uint32_t index;

	memset(name, 0, PROGRAM_NAME_LEN);
	if (read_program(program, name, &index))
		return OWNER_FOREIGN;
	link = links_by_index(links, index);
	return link && strcmp(link->name, device) != 0 ? OWNER_ANOTHER : OWNER_US;
}

/**
 * identify_uses() - true if a program uses a map
 * @program:	Its number
 * @map:	The map's
 */
bool identify_uses(uint32_t program, uint32_t map)
{
	uint32_t maps[MAPS_MAX] = {0};
	char name[PROGRAM_NAME_LEN];
	int count = read_maps(program, name, maps), i;

	for (i = 0; i < count; i++) {
		if (maps[i] == map)
			return true;
	}
	return false;
}
