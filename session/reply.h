/* SPDX-License-Identifier: MIT */
/* reply.h - write replies exactly as clients need them (RFC 5572, 4.5 and 4.7) */
#ifndef SESSION_REPLY_H
#define SESSION_REPLY_H

#include "lib/buf.h"
#include "lib/config.h"
#include "lib/ipc.h"

#define REPLY_SIZE                                                                       \
	3584 /* clients have 4096 bytes for a reply, some of them less its NUL */

void reply_base64(struct buf *out, const uint8_t *data, size_t len);
void reply_line(struct buf *out, const struct config *config,
		const struct ipc_result *result);
void reply_status(struct buf *out, const struct config *config,
		  const struct ipc_result *result);
int reply_offer(struct buf *out, const struct config *config,
		const struct ipc_tunnel *tunnel);

#endif
