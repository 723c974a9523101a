// SPDX-License-Identifier: MIT
/* rudp.c - messages over UDP, repeated until answered, as clients in the field do */
#include "tests/tools/lib/rudp.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/tools/lib/conn.h"
#include "tsp/udp_header.h"

static uint32_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

static int bind_source(int fd, const char *source, unsigned port)
{
	struct sockaddr_in from = {.sin_family = AF_INET,
				   .sin_port = htons((uint16_t)port)};

	if (source && inet_pton(AF_INET, source, &from.sin_addr) != 1) {
		errno = EINVAL;
		return -1;
	}
	return bind(fd, (struct sockaddr *)&from, sizeof(from));
}

/**
 * rudp_open() - a socket that talks to one server
 * @r:			All but the socket is set already
 * @host:		Name or IPv4 address
 * @port:		Number as text
 * @source:		Own IPv4 address, or NULL
 * @source_port:	Own port, or 0
 *
 * Return: 0, or -1 after a message
 */
int rudp_open(struct rudp *r, const char *host, const char *port, const char *source,
	      unsigned source_port)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *to;
	int rc = getaddrinfo(host, port, &hints, &to);

	if (rc) {
		fprintf(stderr, "%s port %s: %s\n", host, port, gai_strerror(rc));
		return -1;
	}
	r->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(r->fd, SOL_SOCKET, SO_BROADCAST, &(int){1}, sizeof(int));
	rc = bind_source(r->fd, source, source_port) ||
	     connect(r->fd, to->ai_addr, to->ai_addrlen);
	if (rc)
		fprintf(stderr, "%s port %s: %s\n", host, port, strerror(errno));
	freeaddrinfo(to);
	return rc ? -1 : 0;
}

/** rudp_port() - the socket's own port */
unsigned rudp_port(const struct rudp *r)
{
	struct sockaddr_in own = {0};
	socklen_t len = sizeof(own);

	getsockname(r->fd, (struct sockaddr *)&own, &len);
	return ntohs(own.sin_port);
}

/** header_of() - the header of the present message; RFC order, unless the client gets it wrong */
static void header_of(const struct rudp *r, uint8_t out[UDP_HEADER_LEN])
{
	const struct udp_header header = {r->sequence, now_ms(), r->host_order};

	udp_header_write(&header, out);
}

static int transmit(const struct rudp *r, const void *message, size_t len)
{
	uint8_t data[UDP_HEADER_LEN + 8192];

	if (len > sizeof(data) - UDP_HEADER_LEN) {
		errno = EMSGSIZE;
		return -1;
	}
	header_of(r, data);
	if (len)
		memcpy(data + UDP_HEADER_LEN, message, len);
	if (r->verbose)
		conn_show(">", (char *)data, UDP_HEADER_LEN + len);
	return send(r->fd, data, UDP_HEADER_LEN + len, 0) < 0 ? -1 : 0;
}

/** receive() - one datagram; 1 for our answer, 0 for another one, -1 when it is no answer */
static int receive(const struct rudp *r, char *answer, size_t size, ssize_t *len)
{
	char data[UDP_HEADER_LEN + 8192];
	uint8_t sent[UDP_HEADER_LEN];
	ssize_t n = recv(r->fd, data, sizeof(data), 0);

	if (n < 0)
		return -1;
	if (r->verbose)
		conn_show("<", data, (size_t)n);
	header_of(r, sent);
	if (n < UDP_HEADER_LEN || memcmp(data, sent, sizeof(r->sequence)) != 0)
		return 0; /* the answer to a copy of an earlier message */
	*len = n - UDP_HEADER_LEN;
	if ((size_t)*len >= size) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(answer, data + UDP_HEADER_LEN, (size_t)*len);
	answer[*len] = '\0';
	return 1;
}

/** await() - the answer, until it is time to ask again; results as receive() */
static int await(const struct rudp *r, char *answer, size_t size, ssize_t *len)
{
	struct pollfd p = {.fd = r->fd, .events = POLLIN};
	uint32_t end = now_ms() + r->again_ms;
	int got = 0, left;

	while (!got && (left = (int)(end - now_ms())) > 0 && poll(&p, 1, left) > 0)
		got = receive(r, answer, size, len);
	return got;
}

/**
 * rudp_exchange() - send a message, again and again, until it is answered
 * @r:		Socket; its sequence moves on
 * @message:	Message
 * @len:	Its length in bytes
 * @answer:	Result, with a NUL behind it
 * @size:	Its size in bytes
 *
 * Return: the answer's length, 0 for a bare header; -1 with errno, ETIMEDOUT when none came
 */
ssize_t rudp_exchange(struct rudp *r, const void *message, size_t len, char *answer,
		      size_t size)
{
	ssize_t got = 0;
	unsigned try;
	int result = 0;

	for (try = 0; try < r->tries && !result; try++) {
		if (transmit(r, message, len) || (r->twice && transmit(r, message, len)))
			return -1;
		result = await(r, answer, size, &got);
	}
	r->sequence++;
	if (!result)
		errno = ETIMEDOUT;
	return result > 0 ? got : -1;
}

/** rudp_message() - send a message, await its answer of @got bytes */
enum outcome rudp_message(struct rudp *r, const char *message, size_t len,
			  char answer[CONN_REPLY_MAX], size_t *got)
{
	ssize_t n = rudp_exchange(r, message, len, answer, CONN_REPLY_MAX);

	if (n < 0) {
		perror("lost");
		return OUTCOME_LOST;
	}
	*got = (size_t)n;
	return OUTCOME_OK;
}

/** rudp_line() - a message and a line in return, CRLF taken off it */
enum outcome rudp_line(struct rudp *r, const char *message, size_t len,
		       char answer[CONN_REPLY_MAX])
{
	size_t got;
	enum outcome result = rudp_message(r, message, len, answer, &got);

	if (result)
		return result;
	if (got < 3 || strlen(answer) != got || strcmp(answer + got - 2, "\r\n") != 0)
		return violation("no line: '%s'", answer);
	answer[strcspn(answer, "\r")] = '\0';
	return OUTCOME_OK;
}

/** rudp_bare() - a message that has no answer but a header */
enum outcome rudp_bare(struct rudp *r, const char *message, size_t len)
{
	char answer[CONN_REPLY_MAX];
	size_t got;
	enum outcome result = rudp_message(r, message, len, answer, &got);

	return !result && got ? violation("'%s' where a header is due", answer) : result;
}

/**
 * rudp_forge() - send the same from many sources, and wait for no answer
 * @to:		To whom, and out of which network
 * @count:	Sources
 * @number:	Which message of a conversation this is, from 0
 * @message:	Message
 * @len:	Its length in bytes
 *
 * Return: OUTCOME_OK, or OUTCOME_LOST when one could not be sent
 */
enum outcome rudp_forge(const struct rudp_forgery *to, unsigned count, unsigned number,
			const char *message, size_t len)
{
	char source[32], answer[1];
	int net_len = (int)(strchr(strchr(to->net, '.') + 1, '.') - to->net);
	unsigned i;

	for (i = 0; i < count; i++) {
		struct rudp r = {.sequence = 0xf00000f0 + number, .tries = 1};

		snprintf(source, sizeof(source), "%.*s.%u.%u", net_len, to->net, i / 250,
			 i % 250 + 1);
		if (rudp_open(&r, to->host, to->port, source, to->from))
			return OUTCOME_LOST;
		rudp_exchange(&r, message, len, answer, sizeof(answer));
		close(r.fd);
	}
	return OUTCOME_OK;
}

/**
 * rudp_open_forged() - a socket that sends in the name of @source and @source_port
 *
 * Needs root. Nothing is received by it. Return: as rudp_open().
 */
int rudp_open_forged(struct rudp *r, const char *host, const char *port,
		     const char *source, unsigned source_port)
{
	struct sockaddr_in to = {.sin_family = AF_INET};

	r->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);
	if (inet_pton(AF_INET, host, &to.sin_addr) == 1 && r->fd >= 0 &&
	    !bind_source(r->fd, source, 0) &&
	    !connect(r->fd, (struct sockaddr *)&to, sizeof(to)) &&
	    !shutdown(r->fd, SHUT_RD)) {
		r->forged[0] = htons((uint16_t)source_port);
		r->forged[1] = htons((uint16_t)strtoul(port, NULL, 10));
		return 0;
	}
	fprintf(stderr, "forging %s: %s\n", source, strerror(errno));
	return -1;
}

/** send_hex() - one line of digits as a datagram, after the UDP header if that is ours */
static int send_hex(const struct rudp *r, const char *text)
{
	static char data[65536];
	uint16_t header[4] = {r->forged[0], r->forged[1]};
	size_t len = r->forged[0] ? sizeof(header) : 0;
	unsigned byte;

	while (len < sizeof(data) && isxdigit((unsigned char)*text) &&
	       sscanf(text, "%2x", &byte) == 1) {
		data[len++] = (char)byte;
		text += 2;
	}
	header[2] = htons((uint16_t)len);
	if (r->forged[0])
		memcpy(data, header, sizeof(header));
	return send(r->fd, data, len, 0) < 0 ? -1 : 0;
}

/**
 * rudp_hex() - send standard input, a datagram in each line, and print the answers
 * @r:		Open; waits again_ms for more after each datagram
 *
 * Return: OUTCOME_OK, or OUTCOME_LOST when one could not be sent
 */
enum outcome rudp_hex(const struct rudp *r)
{
	struct pollfd p = {.fd = r->fd, .events = POLLIN};
	static char text[131072];
	uint8_t data[8192];
	ssize_t n, i;

	while (fgets(text, sizeof(text), stdin)) {
		if (send_hex(r, text))
			return OUTCOME_LOST;
		while (poll(&p, r->forged[0] ? 0 : 1, (int)r->again_ms) > 0) {
			n = recv(r->fd, data, sizeof(data), 0);
			for (i = 0; i < n; i++)
				printf("%02x", data[i]);
			putchar('\n');
		}
	}
	return OUTCOME_OK;
}
