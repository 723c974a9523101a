/* SPDX-License-Identifier: MIT */
/* coalesce.h - TCP segments of one stream become one long packet for the kernel */
#ifndef CLIENT_COALESCE_H
#define CLIENT_COALESCE_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define COALESCE_MAX 64 /* segments of one packet */

/**
 * struct coalesce - segments that wait for more of their stream; memory is the caller's
 * @count:	How many wait
 * @size:	Payload of each but the last, in bytes
 * @len:	Payload of all
 * @next:	Sequence number that is expected next
 * @closed:	The last one was shorter, or has PSH: nothing can follow
 * @header_len:	Of the first one's header
 * @first:	The first one; its header serves for all
 * @parts:	Hint, header, payloads
 */
struct coalesce {
	unsigned count;
	size_t size, len;
	uint32_t next;
	bool closed;
	size_t header_len;
	uint8_t *first;
	struct virtio_net_hdr hint;
	struct iovec parts[2 + COALESCE_MAX];
};

bool coalesce_add(struct coalesce *c, uint8_t *packet, size_t len);
unsigned coalesce_take(struct coalesce *c);

#endif
