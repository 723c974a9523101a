/* SPDX-License-Identifier: MIT */
/* unfinished.h - packets whose checksum a kernel has left to the next device */
#ifndef CLIENT_UNFINISHED_H
#define CLIENT_UNFINISHED_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool unfinished_hint(const uint8_t *packet, size_t len, struct virtio_net_hdr *hint);

#endif
