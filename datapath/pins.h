/* SPDX-License-Identifier: MIT */
/* pins.h - directory of a data path's maps, and its permissions */
#ifndef DATAPATH_PINS_H
#define DATAPATH_PINS_H

#include <sys/types.h>

#define PINS_PATH_LEN 64 /* "/run/", a device, "-bpf/", the name of a map, NUL */

void pins_path(const char *device, const char *map, char out[PINS_PATH_LEN]);
int pins_mounted(const char *device);
int pins_mount(const char *device, gid_t group);
int pins_unmount(const char *device);
int pins_give(const char *path, gid_t group, mode_t mode);
int pins_lock(const char *device, int operation);

#endif
