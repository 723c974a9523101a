/* SPDX-License-Identifier: MIT */
/* request.h - what the client says (RFC 5572, 4.3, 4.4 and 4.7) */
#ifndef CLIENT_REQUEST_H
#define CLIENT_REQUEST_H

#include "client/settings.h"
#include "lib/buf.h"

#define REQUEST_VERSIONS 3    /* 2.0.2 down to 2.0.0 */
#define REQUEST_SIZE     3584 /* longest request with its Content-length */

/** enum request_action - what a client can ask for */
enum request_action { REQUEST_CREATE, REQUEST_INFO, REQUEST_DELETE };

void request_version(struct buf *out, unsigned index);
void request_tunnel(struct buf *out, const struct settings *settings,
		    enum request_action action, struct in_addr own);
void request_answer(struct buf *out, bool accept);

#endif
