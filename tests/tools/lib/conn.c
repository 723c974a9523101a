// SPDX-License-Identifier: MIT
/*
 * conn.c - the client's end of a connection
 *
 * Clients in the field read a reply with one recv() and look no further, so a reply that
 * comes in two pieces, or two replies in one piece, ends or hangs them. With @apart set
 * this client is as narrow as they are and says so; without it (pipelined input, where
 * replies may well meet in the socket) it reads a stream.
 */
#include "tests/tools/lib/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char length_header[] = "Content-length: ";

/** violation() - say what the server did wrong; the outcome to return */
enum outcome violation(const char *format, ...)
{
	va_list args;

	fputs("violation: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return OUTCOME_VIOLATION;
}

/** conn_pause() - sleep; shorter only when a signal came */
void conn_pause(long milliseconds)
{
	struct timespec t = {milliseconds / 1000, milliseconds % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/** conn_escape() - bytes as one line of text: \r \n \\ \xHH */
void conn_escape(FILE *file, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '\r')
			fputs("\\r", file);
		else if (c == '\n')
			fputs("\\n", file);
		else if (c == '\\')
			fputs("\\\\", file);
		else if (c < 0x20 || c > 0x7e)
			fprintf(file, "\\x%02x", c);
		else
			fputc(c, file);
	}
}

/** conn_show() - one line of bytes on standard error, for -v */
void conn_show(const char *mark, const char *data, size_t len)
{
	fprintf(stderr, "%s ", mark);
	conn_escape(stderr, data, len);
	fputc('\n', stderr);
}

static int bind_source(int fd, const char *source)
{
	struct sockaddr_in from = {.sin_family = AF_INET};

	if (inet_pton(AF_INET, source, &from.sin_addr) != 1) {
		errno = EINVAL;
		return -1;
	}
	return bind(fd, (struct sockaddr *)&from, sizeof(from));
}

static int connect_one(const struct addrinfo *to, const char *source,
		       unsigned timeout_seconds, bool datagrams)
{
	struct timeval limit = {.tv_sec = timeout_seconds};
	int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -1;

	/* TCP_NODELAY: what leaves in pieces has to arrive in pieces */
	if ((!datagrams && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on))) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    (source && bind_source(fd, source)) ||
	    connect(fd, to->ai_addr, to->ai_addrlen)) {
		close(fd);
		return -1;
	}
	return fd;
}

/**
 * conn_connect() - open the connection
 * @w:			Connection; @chunk, @apart, @datagrams and @verbose are kept
 * @host:		Name or IPv4 address
 * @port:		Number as text
 * @source:		Own IPv4 address to connect from, or NULL
 * @timeout_seconds:	Longest silence of the server
 *
 * Return: 0, or -1 after a message
 */
int conn_connect(struct conn *w, const char *host, const char *port, const char *source,
		 unsigned timeout_seconds)
{
	struct addrinfo hints = {.ai_family = AF_INET,
				 .ai_socktype = w->datagrams ? SOCK_DGRAM : SOCK_STREAM};
	struct addrinfo *to;
	int rc = getaddrinfo(host, port, &hints, &to);

	if (rc) {
		fprintf(stderr, "%s port %s: %s\n", host, port, gai_strerror(rc));
		return -1;
	}

	w->len = 0;
	w->fd = connect_one(to, source, timeout_seconds, w->datagrams);
	if (w->fd < 0)
		fprintf(stderr, "%s port %s: %s\n", host, port, strerror(errno));
	freeaddrinfo(to);
	return w->fd < 0 ? -1 : 0;
}

/**
 * conn_send() - send bytes, in pieces of @w->chunk where that is set
 *
 * Return: 0, or -1 with errno
 */
int conn_send(struct conn *w, const char *data, size_t len)
{
	if (w->verbose)
		conn_show(">", data, len);

	while (len) {
		size_t piece = w->chunk && w->chunk < len ? w->chunk : len;
		ssize_t sent = send(w->fd, data, piece, MSG_NOSIGNAL);

		if (sent < 0)
			return -1;
		data += sent;
		len -= (size_t)sent;
		if (w->chunk && len)
			conn_pause(1);
	}
	return 0;
}

static enum outcome receive(struct conn *w)
{
	ssize_t got;

	if (w->len == sizeof(w->buf))
		return violation("more than %zu bytes without a whole reply", w->len);

	got = recv(w->fd, w->buf + w->len, sizeof(w->buf) - w->len, 0);
	if (got <= 0) {
		fprintf(stderr, "lost: %s\n",
			got ? strerror(errno) : "closed by the server");
		return OUTCOME_LOST;
	}
	if (w->verbose)
		conn_show("<", w->buf + w->len, (size_t)got);
	w->len += (size_t)got;
	return OUTCOME_OK;
}

/* Moves @len bytes, which are there, from the front of the buffer to @out with a NUL */
static void take(struct conn *w, char *out, size_t len)
{
	memcpy(out, w->buf, len);
	out[len] = '\0';
	w->len -= len;
	memmove(w->buf, w->buf + len, w->len);
}

static enum outcome check_apart(const struct conn *w)
{
	if (w->apart && w->len)
		return violation("%zu bytes of another reply in the same read", w->len);
	return OUTCOME_OK;
}

/* Read until a line is complete; its length with the line's end */
static enum outcome await_line(struct conn *w, size_t *len)
{
	bool again = false;

	for (;;) {
		const char *lf = memchr(w->buf, '\n', w->len);
		enum outcome o;

		if (lf) {
			*len = (size_t)(lf - w->buf) + 1;
			break;
		}
		if (again && w->apart)
			return violation("a line came in more than one piece");
		o = receive(w);
		if (o)
			return o;
		again = true;
	}

	if (*len < 2 || w->buf[*len - 2] != '\r')
		return violation("a line does not end in CRLF");
	return OUTCOME_OK;
}

/**
 * conn_line() - read a reply that is one line
 * @line:	Result, without CRLF
 * @size:	Its size in bytes
 */
enum outcome conn_line(struct conn *w, char *line, size_t size)
{
	size_t len = 0;
	enum outcome o = await_line(w, &len);

	if (o)
		return o;
	if (len >= size)
		return violation("a line of %zu bytes", len);

	take(w, line, len);
	line[len - 2] = '\0';
	if (strlen(line) != len - 2)
		return violation("a NUL inside a line");
	return check_apart(w);
}

/**
 * conn_rest() - what came in the same read after a status line: a broker list
 * @body:	Result
 * @size:	Its size in bytes
 */
enum outcome conn_rest(struct conn *w, char *body, size_t size)
{
	if (w->len >= size)
		return violation("a reply of %zu bytes", w->len);

	take(w, body, w->len);
	return OUTCOME_OK;
}

/* "Content-length: 123" -> 123; 0: not exactly so */
static size_t frame_length(const char *line)
{
	const char *digits = line + sizeof(length_header) - 1;
	size_t count;

	if (strncmp(line, length_header, sizeof(length_header) - 1) != 0)
		return 0;
	count = strspn(digits, "0123456789");
	if (!count || count > 6 || digits[count] || *digits == '0')
		return 0;
	return strtoul(digits, NULL, 10);
}

/**
 * conn_frame() - read a reply with "Content-length: N" before it
 * @body:	Result: the N bytes, and a NUL
 * @size:	Its size in bytes
 */
enum outcome conn_frame(struct conn *w, char *body, size_t size)
{
	char line[128] = "";
	size_t head = 0, len;
	enum outcome o = await_line(w, &head);

	if (o)
		return o;
	if (head >= sizeof(line))
		return violation("no Content-length line");
	take(w, line, head);
	line[head - 2] = '\0';
	len = frame_length(line);
	if (!len)
		return violation("not 'Content-length: N': '%s'", line);
	if (head + len >= CONN_REPLY_MAX || len >= size)
		return violation("a reply of %zu bytes", head + len);

	while (w->len < len) {
		if (w->apart)
			return violation("Content-length: %zu, but %zu bytes came", len,
					 w->len);
		o = receive(w);
		if (o)
			return o;
	}
	take(w, body, len);
	if (strlen(body) != len)
		return violation("a NUL inside a reply");
	return check_apart(w);
}

/**
 * conn_claim() - the address that a client says it has: the first one that it had
 * @fd:		Its socket, for the first time
 * @file:	What keeps it
 *
 * Return: address as text, valid until the next call
 */
const char *conn_claim(int fd, const char *file)
{
	static char text[INET_ADDRSTRLEN];
	struct sockaddr_in own = {0};
	socklen_t len = sizeof(own);
	FILE *f = fopen(file, "re");

	if (!f) {
		getsockname(fd, (struct sockaddr *)&own, &len);
		inet_ntop(AF_INET, &own.sin_addr, text, sizeof(text));
		f = fopen(file, "we");
		if (!f || fprintf(f, "%s\n", text) < 0)
			perror(file);
	} else if (fscanf(f, "%15s", text) != 1) {
		perror(file);
	}
	if (f)
		fclose(f);
	return text;
}
