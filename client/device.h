/* SPDX-License-Identifier: MIT */
/* device.h - the tun device of a tunnel whose packets tspc carries */
#ifndef CLIENT_DEVICE_H
#define CLIENT_DEVICE_H

#include <stdbool.h>

bool device_exists(const char *name);
int device_open(const char *name);
void device_harden(const char *name);

#endif
