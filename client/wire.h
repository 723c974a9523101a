/* SPDX-License-Identifier: MIT */
/* wire.h - the client's end of a conversation: messages out, lines and bodies in */
#ifndef CLIENT_WIRE_H
#define CLIENT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/report.h"
#include "tsp/io.h"
#include "tsp/udp_header.h"

#define WIRE_TRIES_FIRST 3 /* before the server counts as silent: 1 + 2 + 4 seconds */
#define WIRE_TRIES       5 /* once it has answered: 31 seconds */

/**
 * struct wire - one conversation
 * @fd:		Connected socket
 * @udp:	It is a UDP socket
 * @deadline:	When the conversation has to be over, as clock_ms() counts
 * @sequence:	Of the last message sent
 * @epoch:	UDP: what is added to clock_ms() for timestamps
 * @tries:	UDP: how often a message is sent before the server is silent
 * @io:		TCP: lines and bytes; UDP: only its buffer, for the last answer
 */
struct wire {
	int fd;
	bool udp;
	int64_t deadline;
	uint32_t sequence;
	uint32_t epoch;
	unsigned tries;
	struct io io;
};

enum report_fault wire_open(struct wire *w, int fd, bool udp, int64_t deadline);
enum report_fault wire_say(struct wire *w, const char *data, size_t len);
enum report_fault wire_line(struct wire *w, char **line, size_t *len);
enum report_fault wire_bytes(struct wire *w, char *out, size_t len);
enum report_fault wire_rest(struct wire *w, char *out, size_t size, size_t *len);
bool wire_is_empty(const struct wire *w);

#endif
