/* SPDX-License-Identifier: MIT */
/* rudp.h - messages over UDP, repeated until answered, as clients in the field do */
#ifndef TESTS_TOOLS_LIB_RUDP_H
#define TESTS_TOOLS_LIB_RUDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/tools/lib/conn.h"

/**
 * struct rudp - a socket and the next sequence number
 * @fd:		Connected datagram socket
 * @sequence:	Of the next message
 * @again_ms:	Time to wait for an answer before the message is sent again
 * @tries:	How often it is sent at most
 * @twice:	Send each message two times at once
 * @host_order:	Write the header in host byte order, as tspc 2.1.1 does
 * @verbose:	Show on standard error what is sent and received
 * @forged:	Ports, source and destination, of a socket of rudp_open_forged()
 */
struct rudp {
	int fd;
	uint32_t sequence;
	unsigned again_ms;
	unsigned tries;
	bool twice;
	bool host_order;
	bool verbose;
	uint16_t forged[2];
};

/** struct rudp_forgery - whom many sources talk to: addresses of @net, a /16, all from port @from */
struct rudp_forgery {
	const char *host, *port, *net;
	unsigned from;
};

int rudp_open(struct rudp *r, const char *host, const char *port, const char *source,
	      unsigned source_port);
int rudp_open_forged(struct rudp *r, const char *host, const char *port,
		     const char *source, unsigned source_port);
unsigned rudp_port(const struct rudp *r);
ssize_t rudp_exchange(struct rudp *r, const void *message, size_t len, char *answer,
		      size_t size);
enum outcome rudp_message(struct rudp *r, const char *message, size_t len,
			  char answer[CONN_REPLY_MAX], size_t *got);
enum outcome rudp_line(struct rudp *r, const char *message, size_t len,
		       char answer[CONN_REPLY_MAX]);
enum outcome rudp_bare(struct rudp *r, const char *message, size_t len);
enum outcome rudp_forge(const struct rudp_forgery *to, unsigned count, unsigned number,
			const char *message, size_t len);
enum outcome rudp_hex(const struct rudp *r);

#endif
