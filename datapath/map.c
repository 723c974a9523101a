/* SPDX-License-Identifier: MIT */
/*
 * map.c - maps by bpf(2): open a pinned one, read and write it
 *
 * Without a library, since tsp-tunnel starts for each client and needs two commands only;
 * without a capability, since the mode of the pinned file decides who may read and write.
 */
#include "datapath/map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/**
 * map_open() - open a pinned map
 * @path:	Its file, see pins_path()
 * @write:	To write it as well
 *
 * Return: descriptor; -1 with errno
 */
int map_open(const char *path, bool write)
{
	union bpf_attr attr = {0};

	attr.pathname = (uintptr_t)path;
	attr.file_flags = write ? 0 : BPF_F_RDONLY;
	return (int)bpf(BPF_OBJ_GET, &attr);
}

/** number_of() - the number after "NAME:" at the beginning of a line; 0 if not found */
static uint32_t number_of(const char *text, const char *name)
{
	size_t len = strlen(name);
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, len) && line[len] == ':')
			return (uint32_t)strtoul(line + len + 1, NULL, 0);
	}
	return 0;
}

/**
 * map_shape() - read the type and sizes of a map
 *
 * By /proc, since the broker's processes may use bpf(2) only for keys and values.
 *
 * Return: 0; -1 with errno
 */
int map_shape(int fd, struct map_shape *out)
{
	char path[64], text[1024];
	ssize_t n;
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	n = info < 0 ? -1 : read(info, text, sizeof(text) - 1);
	if (info >= 0)
		close(info);
	if (n < 0)
		return -1;
	text[n] = '\0';
	*out = (struct map_shape){.type = number_of(text, "map_type"),
				  .key_size = number_of(text, "key_size"),
				  .value_size = number_of(text, "value_size"),
				  .max_entries = number_of(text, "max_entries"),
				  .flags = number_of(text, "map_flags")};
	return 0;
}

/**
 * map_lookup() - read the value of a key
 * @fd:		Map
 * @key:	Key, of the map's size
 * @value:	Result; of a map per processor one value for each possible processor
 *
 * Return: 0; -1 with errno, ENOENT when there is no such key
 */
int map_lookup(int fd, const void *key, void *value)
{
	union bpf_attr attr = {0};

	attr.map_fd = (uint32_t)fd;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	return (int)bpf(BPF_MAP_LOOKUP_ELEM, &attr);
}

/**
 * map_lookup_run() - read the values of keys that follow each other in an array
 * @fd:		Array
 * @first:	First key, at least 1
 * @count:	Number of keys, at most MAP_RUN_MAX; all must be in the array
 * @values:	Result
 *
 * Return: 0; -1 with errno
 */
int map_lookup_run(int fd, uint32_t first, uint32_t count, void *values)
{
	uint32_t before = first - 1, last, keys[MAP_RUN_MAX];
	union bpf_attr attr = {0};

	attr.batch.in_batch = (uintptr_t)&before;
	attr.batch.out_batch = (uintptr_t)&last;
	attr.batch.keys = (uintptr_t)keys;
	attr.batch.values = (uintptr_t)values;
	attr.batch.count = count;
	attr.batch.map_fd = (uint32_t)fd;
	if (bpf(BPF_MAP_LOOKUP_BATCH, &attr))
		return -1;
	if (attr.batch.count == count)
		return 0;
	errno = ENOENT;
	return -1;
}

/** map_update() - write the value of a key, new or not; 0, or -1 with errno */
int map_update(int fd, const void *key, const void *value)
{
	union bpf_attr attr = {0};

	attr.map_fd = (uint32_t)fd;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	return (int)bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

/** map_delete() - remove a key; 0, or -1 with errno */
int map_delete(int fd, const void *key)
{
	union bpf_attr attr = {0};

	attr.map_fd = (uint32_t)fd;
	attr.key = (uintptr_t)key;
	return (int)bpf(BPF_MAP_DELETE_ELEM, &attr);
}

/** map_next() - the key after @key, NULL: the first; 0, or -1 with errno, ENOENT at the end */
int map_next(int fd, const void *key, void *next)
{
	union bpf_attr attr = {0};

	attr.map_fd = (uint32_t)fd;
	attr.key = (uintptr_t)key;
	attr.next_key = (uintptr_t)next;
	return (int)bpf(BPF_MAP_GET_NEXT_KEY, &attr);
}

/**
 * map_memory() - the values of an array as memory
 * @fd:		Map, made with BPF_F_MMAPABLE
 * @len:	Bytes
 * @write:	To write as well
 *
 * Return: memory for munmap(); NULL with errno
 */
void *map_memory(int fd, size_t len, bool write)
{
	void *at =
		mmap(NULL, len, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED, fd, 0);

	/* cppcheck-suppress memleak ; the caller has it */
	return at == MAP_FAILED ? NULL : at;
}
