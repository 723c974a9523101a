/* SPDX-License-Identifier: MIT */
/* wire.h - the client's end of a connection: bytes out in chosen pieces, whole replies in */
#ifndef TESTS_TOOLS_LIB_WIRE_H
#define TESTS_TOOLS_LIB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define WIRE_REPLY_MAX 4096 /* a reply's header and body together stay below this */

/** enum outcome - how a conversation, or a step of it, ended: the exit status of the tools */
enum outcome {
	OUTCOME_OK = 0,
	OUTCOME_STATUS = 1, /* the server said an error status */
	OUTCOME_VIOLATION =
		2, /* the server said what no client in the field understands */
	OUTCOME_LOST =
		3, /* no connection, closed without a word, or silent for too long */
	OUTCOME_USAGE = 100,
};

/**
 * struct wire - one connection to a server
 * @fd:		Connected socket
 * @chunk:	Send in pieces of this many bytes, with a pause between; 0: all at once
 * @apart:	Every reply has to come in one read of its own
 * @verbose:	Show on standard error what is sent and what each read brings
 * @len:	Bytes in @buf that were received and not yet used
 */
struct wire {
	int fd;
	size_t chunk;
	bool apart;
	bool verbose;
	size_t len;
	char buf[2 * WIRE_REPLY_MAX];
};

enum outcome violation(const char *format, ...) __attribute__((format(printf, 1, 2)));

int wire_connect(struct wire *w, const char *host, const char *port, const char *source,
		 unsigned timeout_seconds);
int wire_send(struct wire *w, const char *data, size_t len);
enum outcome wire_line(struct wire *w, char *line, size_t size);
enum outcome wire_frame(struct wire *w, char *body, size_t size);
enum outcome wire_rest(struct wire *w, char *body, size_t size);
void wire_show(const char *mark, const char *data, size_t len);
void wire_escape(FILE *file, const char *data, size_t len);
void wire_pause(long milliseconds);

#endif
