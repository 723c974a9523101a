/* SPDX-License-Identifier: MIT */
/*
 * pins.c - directory of a data path's maps, and its permissions
 *
 * /run/DEVICE-bpf is a BPF file system that holds the maps of one data path. Directory
 * and maps belong to root and to the broker's group: a process without capabilities may
 * use a map exactly as the file's mode says. The kernel's own mount, /sys/fs/bpf, only
 * lets root in.
 *
 * A lock on the directory keeps writers out while maps are replaced: writers share it,
 * tsp-datapath takes it exclusively.
 */
#include "datapath/pins.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define TRIES       200 /* to get the lock ... */
#define MILLISECOND 1000000L
#define PAUSE       (50 * MILLISECOND) /* ... for ten seconds */

/**
 * pins_path() - the file of a map
 * @device:	[server] device
 * @map:	Its name; NULL: the directory
 * @out:	Result
 */
void pins_path(const char *device, const char *map, char out[PINS_PATH_LEN])
{
	snprintf(out, PINS_PATH_LEN, "/run/%.15s-bpf%s%.32s", device, map ? "/" : "",
		 map ? map : "");
}

/**
 * pins_mounted() - the directory is a BPF file system
 *
 * Return: 1; 0: there is no such directory, or it is an ordinary one; -1 with errno
 */
int pins_mounted(const char *device)
{
	char path[PINS_PATH_LEN];
	struct statfs fs;

	pins_path(device, NULL, path);
	if (statfs(path, &fs))
		return errno == ENOENT ? 0 : -1;
	return (unsigned long)fs.f_type == BPF_FS_MAGIC;
}

/**
 * pins_give() - set group and mode of a file or directory of root's
 *
 * Return: 0; -1 with errno
 */
int pins_give(const char *path, gid_t group, mode_t mode)
{
	return chown(path, 0, group) || chmod(path, mode) ? -1 : 0;
}

/**
 * pins_mount() - mount the directory, unless it is mounted
 * @device:	[server] device
 * @group:	The broker's group
 *
 * Return: 0; -1 with errno
 */
int pins_mount(const char *device, gid_t group)
{
	int mounted = pins_mounted(device);
	char path[PINS_PATH_LEN];

	pins_path(device, NULL, path);
	if (mounted < 0 || (mkdir(path, 0755) && errno != EEXIST))
		return -1;
	if (!mounted &&
	    mount("bpf", path, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return -1;
	return pins_give(path, group, 0750);
}

/**
 * pins_unmount() - unmount the directory, which unpins its maps, and remove it
 *
 * Return: 0, also if it does not exist; -1 with errno
 */
int pins_unmount(const char *device)
{
	int mounted = pins_mounted(device);
	char path[PINS_PATH_LEN];

	pins_path(device, NULL, path);
	if (mounted < 0 || (mounted && umount2(path, MNT_DETACH)))
		return -1;
	return rmdir(path) && errno != ENOENT ? -1 : 0;
}

/**
 * pins_lock() - wait for the lock on the directory, ten seconds at most
 * @device:	[server] device
 * @operation:	LOCK_SH to use the maps, LOCK_EX to replace them
 *
 * Return: descriptor, whose close() releases the lock; -1 with errno, EWOULDBLOCK on
 * time-out
 */
int pins_lock(const char *device, int operation)
{
	const struct timespec pause = {.tv_nsec = PAUSE};
	char path[PINS_PATH_LEN];
	int fd, tries, saved;

	pins_path(device, NULL, path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	for (tries = 0; flock(fd, operation | LOCK_NB); tries++) {
		if (errno != EWOULDBLOCK || tries == TRIES) {
			saved = errno;
			close(fd);
			errno = saved;
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}
