/* SPDX-License-Identifier: MIT */
/*
 * io.c - the connection: lines, bodies and replies within a deadline and a byte budget
 *
 * Input goes through one buffer, however the client cut it: single bytes, one segment per
 * line, or the whole conversation at once. Sockets stay in blocking mode, since all holders
 * of the connection share that flag; MSG_DONTWAIT and poll() wait, never beyond the
 * deadline.
 *
 * Over UDP the connection is a packet socket, and only this file knows. One packet is one
 * message: its end ends a line and cuts a body off. The client waits for one answer to each
 * message. A message without a reply is answered with an empty packet before the next one
 * is read; a reply answers the whole message, and drops what is left of it.
 */
#include "tsp/io.h"

#include <errno.h>
#include <limits.h>
#include <linux/sockios.h> /* SIOCOUTQ */
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/clock.h"

#define UNENDED_MS   500 /* such a pause ends a whole line that has no line end */
#define GAP_MS       50 /* pause between two replies that a client must read separately */
#define GAP_ACK_MS   2000 /* longest wait for the first of them to be acknowledged */
#define GAP_STEP_MS  5
#define FINISH_MS    1000 /* how long a client has for reading the last reply */
#define FINISH_BYTES 131072

/**
 * io_open() - prepare a connection, with an empty buffer
 * @io:		Connection
 * @in:		Socket to read from
 * @out:	Socket to write to
 * @deadline:	When the client has to be done, as clock_ms() counts
 * @budget:	Bytes that the client may send in total
 */
void io_open(struct io *io, int in, int out, int64_t deadline, size_t budget)
{
	io->in = in;
	io->out = out;
	io->deadline = deadline;
	io->budget = budget;
	io->packets = io->owing = false;
	io->watch = -1;
	io->start = io->end = 0;
}

/** wait_until() - wait for poll() @events of a socket of @io until @until */
static enum io_result wait_until(const struct io *io, int fd, short events, int64_t until)
{
	struct pollfd p[] = {{.fd = fd, .events = events}, {.fd = io->watch}};

	for (;;) {
		int64_t left = until - clock_ms();
		int n;

		if (left <= 0)
			return IO_DEADLINE;
		n = poll(p, 2, left > INT_MAX ? INT_MAX : (int)left);
		if (n > 0 && p[1].revents) {
			errno = EPIPE;
			return IO_ERROR;
		}
		if (n > 0)
			return IO_OK;
		if (n < 0 && errno != EINTR)
			return IO_ERROR;
	}
}

/** pause_ms() - sleep for @ms milliseconds */
static void pause_ms(int ms)
{
	poll(NULL, 0, ms);
}

/** compact() - move input that was not handed out to the front */
static void compact(struct io *io)
{
	memmove(io->buffer, io->buffer + io->start, io->end - io->start);
	io->end -= io->start;
	io->start = 0;
}

/** receive() - append at most @room bytes of input, waiting until @until */
static enum io_result receive(struct io *io, size_t room, int64_t until, ssize_t *n)
{
	enum io_result result;

	/* a client that never pauses would never meet the deadline below */
	if (clock_ms() >= until)
		return IO_DEADLINE;
	for (;;) {
		*n = recv(io->in, io->buffer + io->end, room,
			  MSG_DONTWAIT | (io->packets ? MSG_TRUNC : 0));
		if (*n >= 0)
			return IO_OK;
		if (errno != EAGAIN && errno != EINTR)
			return IO_ERROR;
		result = wait_until(io, io->in, POLLIN, until);
		if (result != IO_OK)
			return result;
	}
}

/** room() - bytes that fit into buffer and budget */
static size_t room(const struct io *io)
{
	size_t n = sizeof(io->buffer) - io->end;

	return n < io->budget ? n : io->budget;
}

/** hung_up() - true if the other end is closed, which an empty packet does not tell */
static bool hung_up(const struct io *io)
{
	struct pollfd p = {.fd = io->in};

	return poll(&p, 1, 0) == 1 && p.revents & POLLHUP;
}

/** next_packet() - replace the last message, which gets its answer now, by the next one */
static enum io_result next_packet(struct io *io, int64_t until)
{
	enum io_result result;
	ssize_t n;

	if (io->owing && io_write(io, "", 0) != IO_OK)
		return IO_ERROR;
	io->start = io->end = 0;
	result = receive(io, room(io), until, &n);
	if (result != IO_OK)
		return result;
	if (n == 0 && hung_up(io))
		return IO_EOF;
	if ((size_t)n > room(io))
		return IO_TOO_LONG;
	io->owing = true;
	io->budget -= (size_t)n;
	io->end = (size_t)n;
	while (io->end && !io->buffer[io->end - 1])
		io->end--; /* clients send the NUL of their C strings too */
	return IO_OK;
}

/** fill_buffer() - append input to the buffer, waiting until @until */
static enum io_result fill_buffer(struct io *io, int64_t until)
{
	enum io_result result;
	ssize_t n;

	if (io->packets)
		return next_packet(io, until);
	compact(io);
	if (!room(io))
		return IO_TOO_LONG;
	result = receive(io, room(io), until, &n);
	if (result != IO_OK)
		return result;
	if (n == 0)
		return IO_EOF;
	io->end += (size_t)n;
	io->budget -= (size_t)n;
	return IO_OK;
}

/**
 * rest_of_input() - hand out a line that the end of a packet, or a pause, ends without LF
 *
 * Input that fills the buffer is too long: there is no room for the NUL.
 */
static enum io_result rest_of_input(struct io *io, char **line, size_t *len)
{
	if (io->end == sizeof(io->buffer))
		return IO_TOO_LONG;
	*line = io->buffer + io->start;
	*len = io->end - io->start;
	io->start = io->end;
	/* one client ends lines with a backspace */
	if (*len && (*line)[*len - 1] == '\b')
		--*len;
	if (*len && (*line)[*len - 1] == '\r')
		--*len;
	(*line)[*len] = '\0';
	return IO_OK;
}

/** within() - @ms milliseconds from now, but not after the deadline */
static int64_t within(const struct io *io, int64_t ms)
{
	int64_t until = clock_ms() + ms;

	return until < io->deadline ? until : io->deadline;
}

/** is_whole() - the input that waits is a line already, though it has no line end */
static bool is_whole(const struct io *io, int (*check)(const char *, size_t))
{
	return check && io->end > io->start &&
	       !check(io->buffer + io->start, io->end - io->start);
}

/**
 * io_line_or() - read a line, ended by LF or CRLF, or by a pause
 * @io:		Connection
 * @check:	0 for input that is a whole line even without a line end: then a pause of
 *		UNENDED_MS ends it. NULL: no input is
 * @line:	Result: the line without its end, NUL-terminated, valid until the next call.
 *		It may contain NULs that the client sent.
 * @len:	Result: its length in bytes
 *
 * Other input without a line end is not a line; the end of a packet is a line end.
 *
 * Return: IO_OK, or why there is no line
 */
enum io_result io_line_or(struct io *io, int (*check)(const char *, size_t), char **line,
			  size_t *len)
{
	size_t seen = 0; /* bytes known to hold no LF */
	char *end;

	while (!(end = memchr(io->buffer + io->start + seen, '\n',
			      io->end - io->start - seen))) {
		bool whole = is_whole(io, check);
		enum io_result result;

		seen = io->end - io->start;
		if (io->packets && seen)
			return rest_of_input(io, line, len);
		result = fill_buffer(io, whole ? within(io, UNENDED_MS) : io->deadline);
		if (result == IO_DEADLINE && whole)
			return rest_of_input(io, line, len);
		if (result != IO_OK)
			return result;
	}
	*line = io->buffer + io->start;
	*len = (size_t)(end - *line);
	io->start += *len + 1;
	if (*len && (*line)[*len - 1] == '\r')
		--*len;
	(*line)[*len] = '\0';
	return IO_OK;
}

/**
 * io_bytes() - read exactly @len bytes
 * @io:		Connection
 * @out:	Result
 * @len:	Number of bytes
 * @idle_ms:	Longest pause in milliseconds while they arrive
 *
 * Return: IO_OK, or why not all bytes came
 */
enum io_result io_bytes(struct io *io, char *out, size_t len, int64_t idle_ms)
{
	while (len) {
		size_t n = io->end - io->start;

		if (!n) {
			enum io_result result;

			if (io->packets)
				return IO_EOF;
			result = fill_buffer(io, within(io, idle_ms));
			if (result != IO_OK)
				return result;
			continue;
		}
		if (n > len)
			n = len;
		memcpy(out, io->buffer + io->start, n);
		io->start += n;
		out += n;
		len -= n;
	}
	return IO_OK;
}

/**
 * io_write() - send a reply with one call, and so in one segment if possible
 * @io:		Connection
 * @data:	The whole reply: clients take the result of one recv() for all of it
 * @len:	Its length in bytes; 0: an empty packet
 *
 * The rest of an answered packet is dropped.
 *
 * Return: IO_OK, or why not all was sent
 */
enum io_result io_write(struct io *io, const char *data, size_t len)
{
	do {
		ssize_t n = send(io->out, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		enum io_result result;

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return IO_ERROR;
		result = wait_until(io, io->out, POLLOUT, io->deadline);
		if (result != IO_OK)
			return result;
	} while (len);
	io->owing = false;
	if (io->packets)
		io->start = io->end = 0;
	return IO_OK;
}

/** wait_acknowledged() - wait until TCP at the other end has everything that was sent */
static void wait_acknowledged(const struct io *io)
{
	int64_t until = clock_ms() + GAP_ACK_MS;
	int protocol, unacknowledged;
	socklen_t size = sizeof(protocol);

	if (getsockopt(io->out, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) ||
	    protocol != IPPROTO_TCP)
		return;
	while (!ioctl(io->out, SIOCOUTQ, &unacknowledged) && unacknowledged > 0) {
		if (clock_ms() >= until)
			return;
		pause_ms(GAP_STEP_MS);
	}
}

/**
 * io_gap() - separate the last reply from the next one
 *
 * A client that gets two replies in one read loses the second and waits for ever. After the
 * first is acknowledged it cannot share a segment with the second; the pause lets the
 * client's process read it before the second arrives.
 *
 * Over UDP the second reply answers another message: the client sends an empty one.
 *
 * Return: IO_OK; over UDP also why that message did not come
 */
enum io_result io_gap(struct io *io)
{
	if (io->packets)
		return next_packet(io, io->deadline);
	wait_acknowledged(io);
	pause_ms(GAP_MS);
	return IO_OK;
}

/** io_forget() - wipe input that was handed out, since it held a password */
void io_forget(struct io *io)
{
	compact(io); /* the old bytes are behind the end now */
	explicit_bzero(io->buffer + io->end, sizeof(io->buffer) - io->end);
}

/**
 * io_finish() - let the client read the last reply
 *
 * Closing a TCP connection with unread input resets it, and a reset discards replies that
 * the client has not read. So output is shut down, and input is discarded until the client
 * closes, for at most FINISH_MS and FINISH_BYTES. A packet socket has no such problem.
 */
void io_finish(struct io *io)
{
	int64_t until = clock_ms() + FINISH_MS;

	if (io->packets)
		return;
	shutdown(io->out, SHUT_WR);
	io->budget = FINISH_BYTES;
	do {
		io->start = io->end = 0;
	} while (fill_buffer(io, until) == IO_OK);
}
