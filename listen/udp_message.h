/* SPDX-License-Identifier: MIT */
/* udp_message.h - a message over UDP, and whose word it can be */
#ifndef LISTEN_UDP_MESSAGE_H
#define LISTEN_UDP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/endpoint.h"
#include "tsp/udp_header.h"

/** struct udp_path - both ends of a conversation */
struct udp_path {
	struct endpoint client;
	struct endpoint
		server; /* the address that the client sends to; answers leave from it */
	int socket;     /* index of the socket that received the datagram */
};

/** struct udp_message - a datagram of signalling, taken apart */
struct udp_message {
	struct udp_path path;
	struct udp_header header;
	const char *text;
	size_t len;
};

bool udp_message_begins(const struct udp_message *m, const char *word);
size_t udp_message_line(const struct udp_message *m);
bool udp_message_is_bare(const struct udp_message *m);
bool udp_message_is_echo(const struct udp_message *m);
bool udp_message_is_servers(const struct udp_message *m);
const char *udp_message_body(const char *text, size_t len, size_t *left);

#endif
