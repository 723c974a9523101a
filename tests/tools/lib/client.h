/* SPDX-License-Identifier: MIT */
/* client.h - one TSP conversation, spoken as gogoc 1.2 speaks it */
#ifndef TESTS_TOOLS_LIB_CLIENT_H
#define TESTS_TOOLS_LIB_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/tools/lib/server_offer.h"
#include "tests/tools/lib/conn.h"

/** enum answer - what the client says to an offer */
enum answer {
	ANSWER_ACCEPT,
	ANSWER_REJECT,
	ANSWER_CLOSE, /* closes without a word */
	ANSWER_NONE,  /* keeps silent and waits for the server to close */
};

/** struct client_options - how to speak and what to ask for; NULL and 0 are the defaults */
struct client_options {
	const char *host;
	const char *port;
	const char *source;    /* own IPv4 address to connect from */
	const char *version;   /* 2.0.2 */
	const char *mechanism; /* ANONYMOUS */
	const char *user;
	const char *password;
	const char *realm;   /* the challenge's */
	const char *type;    /* v6v4 */
	const char *address; /* IPv4 in the request: that of the own socket */
	const char *claim;  /* file with the address that is claimed for ever; no: NULL */
	const char *action; /* create */
	unsigned prefix;    /* length of the wanted prefix; 0: a host */
	unsigned timeout;   /* longest silence of the server, in seconds */
	unsigned hold;      /* seconds between offer and answer */
	enum answer answer;
	size_t chunk;      /* send in pieces of this many bytes */
	bool lf;           /* lines end in LF */
	bool unended;      /* VERSION has no line end */
	bool proxy;        /* say proxy="yes" */
	bool shutdown;     /* raw: half-close after the last byte */
	bool pipeline;     /* send everything up to the request without waiting */
	bool plain_base64; /* PLAIN as one line of base64 */
	bool verbose;
	void (*on_offer)(const struct server_offer *offer); /* called before the answer */
};

/** struct client - a conversation under way */
struct client {
	const struct client_options *options;
	struct conn conn;
	struct server_offer offer;
};

enum outcome client_run(struct client *c, const struct client_options *options);
enum outcome client_send(struct client *c, const char *data, size_t len);
const char *client_eol(const struct client *c);
enum outcome client_read_status(struct client *c);

/* login.c */
enum outcome login_send(struct client *c);
enum outcome login_finish(struct client *c);

#endif
