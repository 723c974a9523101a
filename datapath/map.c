/* SPDX-License-Identifier: MIT */
/*
 * map.c - maps by bpf(2): open a pinned one, read and write it
 *
 * Without a library: tsp-tunnel is started for each client, and five commands are all it
 * needs. No capability either: the mode of the pinned file decides who may read and write.
 */
#include "datapath/map.h"

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

/** map_info() - what the kernel knows of a map; 0, or -1 with errno */
int map_info(int fd, struct bpf_map_info *out)
{
	union bpf_attr attr = {0};

	memset(out, 0, sizeof(*out));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(*out);
	attr.info.info = (uintptr_t)out;
	return (int)bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

/** element() - one of the commands that are about a key */
static int element(enum bpf_cmd command, int fd, const void *key, const void *value,
		   uint64_t flags)
{
	union bpf_attr attr = {0};

	attr.map_fd = (uint32_t)fd;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	attr.flags = flags;
	return (int)bpf(command, &attr);
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
	return element(BPF_MAP_LOOKUP_ELEM, fd, key, value, 0);
}

/** map_update() - write the value of a key; @flags as BPF_NOEXIST; 0, or -1 with errno */
int map_update(int fd, const void *key, const void *value, uint64_t flags)
{
	return element(BPF_MAP_UPDATE_ELEM, fd, key, value, flags);
}

/**
 * map_next() - walk over the keys of a hash
 * @fd:		Map
 * @key:	Key that was seen last; NULL: none yet
 * @next:	Result
 *
 * Return: 0; -1 with errno, ENOENT after the last one
 */
int map_next(int fd, const void *key, void *next)
{
	return element(BPF_MAP_GET_NEXT_KEY, fd, key, next, 0);
}

/** map_delete() - remove a key from a hash; 0, or -1 with errno, ENOENT: it is not there */
int map_delete(int fd, const void *key)
{
	return element(BPF_MAP_DELETE_ELEM, fd, key, NULL, 0);
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

	return at == MAP_FAILED ? NULL : at;
}
