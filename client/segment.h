/* SPDX-License-Identifier: MIT */
/* segment.h - cut a long TCP packet from the kernel into packets that the tunnel carries */
#ifndef CLIENT_SEGMENT_H
#define CLIENT_SEGMENT_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_HEADER_MAX 128 /* IPv6 and TCP with options: 100 bytes */
#define SEGMENTS_MAX       64

/**
 * struct segments - a long packet in parts
 * @count:	How many
 * @header_len:	Of each header
 * @size:	Of each payload but the last, in bytes
 * @payload:	All of it
 * @payload_len:	Its length in bytes
 * @headers:	Of each segment
 */
struct segments {
	unsigned count;
	size_t header_len;
	size_t size;
	const uint8_t *payload;
	size_t payload_len;
	uint8_t headers[SEGMENTS_MAX][SEGMENT_HEADER_MAX];
};

bool segment_finish(const struct virtio_net_hdr *hint, uint8_t *packet, size_t len);
bool segment_cut(const struct virtio_net_hdr *hint, const uint8_t *packet, size_t len,
		 struct segments *out);
size_t segment_payload(const struct segments *s, unsigned i, const uint8_t **payload);

#endif
