/* SPDX-License-Identifier: MIT */
/* explain.h - why there is no tunnel, and what to do, for people */
#ifndef CLIENT_EXPLAIN_H
#define CLIENT_EXPLAIN_H

#include "client/talk.h"
#include "lib/buf.h"

void explain(struct buf *out, const struct settings *settings,
	     const struct talk_server *server, const struct talk_result *result);

#endif
