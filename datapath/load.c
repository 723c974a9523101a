/* SPDX-License-Identifier: MIT */
/*
 * load.c - load the programs and their maps into the kernel
 *
 * A pinned map of the right size is used again: its tunnels stay. A map of another size
 * is replaced by a new one with its entries. Until load_publish() new maps are pinned as
 * NAME-new, so that a failed start leaves the old ones unchanged.
 */
#include "datapath/load.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "datapath/map.h"
#include "datapath/object.h"
#include "datapath/pins.h"
#include "datapath/resize.h"
#include "datapath/why.h"
#include "lib/log.h"

/** path_of() - the file of a new map, before or after it is published */
static void path_of(const struct load *l, size_t id, const char *more,
		    char out[PINS_PATH_LEN])
{
	char name[32];

	snprintf(name, sizeof(name), "%s%s", pinned_maps[id].name, more);
	pins_path(l->device, name, out);
}

/** open_pinned() - open pinned maps, remove those of a killed start; -1, logged */
static int open_pinned(struct load *l)
{
	char path[PINS_PATH_LEN];
	size_t i;

	for (i = 0; i < PINNED_COUNT; i++) {
		path_of(l, i, "-new", path);
		if (unlink(path) && errno != ENOENT)
			return why_failed(path);
		path_of(l, i, "", path);
		l->pinned[i] = map_open(path, true);
		if (l->pinned[i] < 0 && errno != ENOENT)
			return why_failed(path);
	}
	return 0;
}

/**
 * load_open() - read the object, and open the maps that are pinned
 * @l:		device, entries and group are set; goes to load_close() in any case
 *
 * Return: 0; -1, logged
 */
int load_open(struct load *l)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "tsp");
	size_t i;

	for (i = 0; i < PINNED_COUNT; i++)
		l->pinned[i] = -1;
	l->in = l->out = -1;
	why_listen();
	why_clear();
	l->object = bpf_object__open_mem(
		object_begin, (uintptr_t)object_end - (uintptr_t)object_begin, &options);
	if (!l->object)
		return why_failed("the programs cannot be read");
	return open_pinned(l);
}

/** offset_of() - offset of the variable tsp_config in the programs' constants; -1 */
static long offset_of(const struct bpf_object *object, size_t size)
{
	const struct btf *btf = bpf_object__btf(object);
	int id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -1;
	const struct btf_type *section = id < 0 ? NULL : btf__type_by_id(btf, (__u32)id);
	const struct btf_var_secinfo *variable =
		section ? btf_var_secinfos(section) : NULL;
	int i, count = section ? btf_vlen(section) : 0;

	for (i = 0; i < count; i++) {
		const struct btf_type *type = btf__type_by_id(btf, variable[i].type);

		if (!strcmp(btf__name_by_offset(btf, type->name_off), "tsp_config") &&
		    variable[i].size == size)
			return variable[i].offset;
	}
	return -1;
}

/** set_config() - write the configuration into the programs' constants */
static int set_config(struct load *l, const struct tsp_config *config)
{
	struct bpf_map *map = bpf_object__find_map_by_name(l->object, ".rodata");
	long at = offset_of(l->object, sizeof(*config));
	size_t size = 0;
	char *data = map ? (char *)bpf_map__initial_value(map, &size) : NULL;

	if (!data || at < 0 || (size_t)at + sizeof(*config) > size) {
		errno = ENOEXEC;
		return why_failed("the programs have no configuration");
	}
	memcpy(data + at, config, sizeof(*config));
	return 0;
}

/** fits() - these programs can use a pinned map, apart from its size */
static int fits(const struct bpf_map *map, int fd, struct map_shape *info)
{
	if (map_shape(fd, info))
		return -1;
	if (info->type == bpf_map__type(map) &&
	    info->key_size == bpf_map__key_size(map) &&
	    info->value_size == bpf_map__value_size(map) &&
	    (info->flags & BPF_F_MMAPABLE) == (bpf_map__map_flags(map) & BPF_F_MMAPABLE))
		return 0;
	errno = EPROTO;
	return -1;
}

/** choose() - use the pinned map or a new one of the right size; -1, logged */
static int choose(struct load *l, size_t id)
{
	struct bpf_map *map =
		bpf_object__find_map_by_name(l->object, pinned_maps[id].name);
	struct map_shape info = {.max_entries = 0};
	uint32_t entries = l->entries[pinned_maps[id].size];
	int fd = l->pinned[id];

	if (!map) {
		errno = ENOEXEC;
		return why_failed(pinned_maps[id].name);
	}
	if (fd >= 0 && fits(map, fd, &info)) {
		log_msg(LOG_ERR,
			"/run/%s-bpf/%s is of another version: run tsp-datapath stop, "
			"tsp-datapath start and tspctl restore",
			l->device, pinned_maps[id].name);
		return -1;
	}
	if (pinned_maps[id].size == SIZE_FIXED)
		entries = bpf_map__max_entries(map);
	if (fd >= 0 && info.max_entries == entries)
		return bpf_map__reuse_fd(map, fd) ? why_failed(pinned_maps[id].name) : 0;
	l->moved |= 1U << id;
	return bpf_map__set_max_entries(map, entries) ? why_failed(pinned_maps[id].name)
						      : 0;
}

/** program() - descriptor of a loaded program */
static int program(const struct load *l, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(l->object, name));
}

/**
 * load_programs() - load the programs, with maps
 * @l:		From load_open()
 * @config:	Their configuration
 *
 * Return: 0; -1, logged
 */
int load_programs(struct load *l, const struct tsp_config *config)
{
	size_t i;

	if (set_config(l, config))
		return -1;
	for (i = 0; i < PINNED_COUNT; i++) {
		if (choose(l, i))
			return -1;
	}
	why_clear();
	if (bpf_object__load(l->object))
		return why_failed(
			"the kernel does not take the programs, and sit.sh needs none");
	why_clear(); /* libbpf's tests for features have left errors */
	l->in = program(l, "tsp_in");
	l->out = program(l, "tsp_out");
	return 0;
}

/** load_map() - descriptor of a map of loaded programs */
int load_map(const struct load *l, enum pinned_id id)
{
	return bpf_map__fd(bpf_object__find_map_by_name(l->object, pinned_maps[id].name));
}

/** load_constants() - kernel's number of the programs' constants; 0: unknown */
uint32_t load_constants(const struct load *l)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(l->object, ".rodata");
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);

	if (!map || bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len))
		return 0;
	return info.id;
}

/** fill() - give a new map the entries of the one that it replaces; -1, logged */
static int fill(const struct load *l, size_t id, int fd, const struct tsp_config *config)
{
	if (id == PINNED_ANON_INDEX)
		return resize_index(load_map(l, PINNED_ANON), fd, config);
	return l->pinned[id] < 0 || pinned_maps[id].size == SIZE_FIXED
		       ? 0
		       : resize_copy(l->pinned[id], fd, pinned_maps[id].name);
}

/**
 * load_pin() - give new maps the entries of those they replace, and pin them as NAME-new
 * @l:		With programs; nobody else writes the maps: pins_lock()
 * @config:	As for load_programs()
 *
 * Return: 0; -1, logged
 */
int load_pin(struct load *l, const struct tsp_config *config)
{
	char path[PINS_PATH_LEN];
	size_t i;

	for (i = 0; i < PINNED_COUNT; i++) {
		int fd = load_map(l, (enum pinned_id)i);

		if (!(l->moved & 1U << i))
			continue;
		if (fill(l, i, fd, config))
			return -1;
		path_of(l, i, "-new", path);
		if (bpf_obj_pin(fd, path) ||
		    pins_give(path, l->group, pinned_maps[i].mode))
			return why_failed(path);
	}
	return 0;
}

/**
 * load_publish() - rename new maps to the names of those they replace
 * @l:		After load_pin()
 *
 * Return: 0; -1, logged
 */
int load_publish(struct load *l)
{
	char from[PINS_PATH_LEN], to[PINS_PATH_LEN];
	size_t i;

	for (i = 0; i < PINNED_COUNT; i++) {
		path_of(l, i, "-new", from);
		path_of(l, i, "", to);
		if (l->moved & 1U << i && rename(from, to))
			return why_failed(to);
	}
	l->moved = 0;
	return 0;
}

/** load_close() - close all descriptors; unpublished maps are removed */
void load_close(struct load *l)
{
	char path[PINS_PATH_LEN];
	size_t i;

	for (i = 0; i < PINNED_COUNT; i++) {
		path_of(l, i, "-new", path);
		if (l->moved & 1U << i)
			unlink(path);
		if (l->pinned[i] >= 0)
			close(l->pinned[i]);
		l->pinned[i] = -1;
	}
	l->moved = 0;
	bpf_object__close(l->object);
	l->object = NULL;
}
