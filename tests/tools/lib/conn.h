/* SPDX-License-Identifier: MIT */
/* conn.h - the client's end of a connection: bytes out in chosen pieces, whole replies in */
#ifndef TESTS_TOOLS_LIB_CONN_H
#define TESTS_TOOLS_LIB_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONN_REPLY_MAX 4096 /* a reply's header and body together stay below this */

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
 * struct conn - one connection to a server
 * @fd:		Connected socket
 * @chunk:	Send in pieces of this many bytes, with a pause between; 0: all at once
 * @apart:	Every reply has to arrive in one separate read
 * @datagrams:	UDP in place of TCP
 * @verbose:	Show on standard error what is sent and what each read returns
 * @len:	Bytes in @buf that were received and not yet used
 */
struct conn {
	int fd;
	size_t chunk;
	bool apart;
	bool datagrams;
	bool verbose;
	size_t len;
	char buf[2 * CONN_REPLY_MAX];
};

enum outcome violation(const char *format, ...) __attribute__((format(printf, 1, 2)));

int conn_connect(struct conn *w, const char *host, const char *port, const char *source,
		 unsigned timeout_seconds);
int conn_send(struct conn *w, const char *data, size_t len);
enum outcome conn_line(struct conn *w, char *line, size_t size);
enum outcome conn_frame(struct conn *w, char *body, size_t size);
enum outcome conn_rest(struct conn *w, char *body, size_t size);
const char *conn_claim(int fd, const char *file);
void conn_show(const char *mark, const char *data, size_t len);
void conn_escape(FILE *file, const char *data, size_t len);
void conn_pause(long milliseconds);

#endif
