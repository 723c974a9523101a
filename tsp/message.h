/* SPDX-License-Identifier: MIT */
/* message.h - read a request's XML into a struct (RFC 5572, 4.4 and 4.7) */
#ifndef TSP_MESSAGE_H
#define TSP_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/ipc.h"

/** enum message_action - actions of a request; MESSAGE_ACTIONS is their number */
enum message_action {
	MESSAGE_CREATE,
	MESSAGE_INFO,
	MESSAGE_DELETE,
	MESSAGE_ACCEPT,
	MESSAGE_REJECT,
	MESSAGE_ACTIONS,
};

/** struct message - a request; accept and reject leave @tunnel unused */
struct message {
	enum message_action action;
	struct ipc_tunnel_request tunnel;
};

int message_read(char *xml, size_t len, struct message *out);

#endif
