/* SPDX-License-Identifier: MIT */
/*
 * io.c - the connection: lines, bodies and replies within a deadline and a byte budget
 *
 * What comes in goes through one buffer, however the client cut it: single bytes, one
 * segment per line, or the whole conversation at once. Sockets stay in blocking mode,
 * since that flag would be shared with every other holder of the connection;
 * MSG_DONTWAIT and poll() do the waiting, and never beyond the deadline.
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
#include <time.h>

#define GAP_MS       50   /* between two replies that a client reads separately */
#define GAP_ACK_MS   2000 /* longest wait for the first of them to be acknowledged */
#define GAP_STEP_MS  5
#define FINISH_MS    1000 /* how long a client has for reading the last reply */
#define FINISH_BYTES 131072

/** io_now() - milliseconds on a clock that nobody sets */
int64_t io_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/**
 * io_open() - start with an empty buffer
 * @io:		Connection
 * @in:		Socket to read from
 * @out:	Socket to write to
 * @deadline:	When the client has to be done, as io_now() counts
 * @budget:	Bytes that the client may send in all
 */
void io_open(struct io *io, int in, int out, int64_t deadline, size_t budget)
{
	io->in = in;
	io->out = out;
	io->deadline = deadline;
	io->budget = budget;
	io->start = io->end = 0;
}

/** wait_until() - wait for poll() @events, but not beyond @until */
static enum io_result wait_until(int fd, short events, int64_t until)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int64_t left = until - io_now();
		int n;

		if (left <= 0)
			return IO_DEADLINE;
		n = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (n > 0)
			return IO_OK;
		if (n < 0 && errno != EINTR)
			return IO_ERROR;
	}
}

/** pause_ms() - do nothing for a while */
static void pause_ms(int ms)
{
	poll(NULL, 0, ms);
}

/** compact() - move what was not yet handed out to the front */
static void compact(struct io *io)
{
	memmove(io->buffer, io->buffer + io->start, io->end - io->start);
	io->end -= io->start;
	io->start = 0;
}

/** fill() - add to the buffer what has come, or wait for it until @until */
static enum io_result fill(struct io *io, int64_t until)
{
	enum io_result result;
	size_t room;
	ssize_t n;

	compact(io);
	room = sizeof(io->buffer) - io->end;
	if (room > io->budget)
		room = io->budget;
	if (!room)
		return IO_TOO_LONG;
	/* one that never pauses would otherwise never be asked for the time */
	if (io_now() >= until)
		return IO_DEADLINE;

	for (;;) {
		n = recv(io->in, io->buffer + io->end, room, MSG_DONTWAIT);
		if (n > 0) {
			io->end += (size_t)n;
			io->budget -= (size_t)n;
			return IO_OK;
		}
		if (n == 0)
			return IO_EOF;
		if (errno != EAGAIN && errno != EINTR)
			return IO_ERROR;
		result = wait_until(io->in, POLLIN, until);
		if (result != IO_OK)
			return result;
	}
}

/**
 * io_line() - the next line, ended by LF or CRLF
 * @io:		Connection
 * @line:	Result: the line without its end, NUL-terminated, valid until the next call.
 *		It may hold NULs of the client's own.
 * @len:	Result: its length in bytes
 *
 * Return: IO_OK, or why there is no line. A line without its end is none.
 */
enum io_result io_line(struct io *io, char **line, size_t *len)
{
	size_t seen = 0; /* bytes known to hold no LF */
	char *end;

	while (!(end = memchr(io->buffer + io->start + seen, '\n',
			      io->end - io->start - seen))) {
		enum io_result result;

		seen = io->end - io->start;
		result = fill(io, io->deadline);
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
 * io_bytes() - exactly so many bytes
 * @io:		Connection
 * @out:	They go here
 * @len:	How many
 * @idle_ms:	Longest pause while they arrive
 *
 * Return: IO_OK, or why they did not all come
 */
enum io_result io_bytes(struct io *io, char *out, size_t len, int64_t idle_ms)
{
	while (len) {
		size_t n = io->end - io->start;

		if (!n) {
			int64_t until = io_now() + idle_ms;
			enum io_result result;

			result = fill(io, until < io->deadline ? until : io->deadline);
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
 * io_write() - send a reply, with one call and so in one segment where it can be had
 * @io:		Connection
 * @data:	The whole reply: clients take what one recv() gives them for all of it
 * @len:	Its length in bytes
 *
 * Return: IO_OK, or why it did not all go out
 */
enum io_result io_write(struct io *io, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(io->out, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		enum io_result result;

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return IO_ERROR;
		result = wait_until(io->out, POLLOUT, io->deadline);
		if (result != IO_OK)
			return result;
	}
	return IO_OK;
}

/** wait_acknowledged() - until TCP at the other end has everything sent so far */
static void wait_acknowledged(const struct io *io)
{
	int64_t until = io_now() + GAP_ACK_MS;
	int protocol, unacknowledged;
	socklen_t size = sizeof(protocol);

	if (getsockopt(io->out, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) ||
	    protocol != IPPROTO_TCP)
		return;
	while (!ioctl(io->out, SIOCOUTQ, &unacknowledged) && unacknowledged > 0) {
		if (io_now() >= until)
			return;
		pause_ms(GAP_STEP_MS);
	}
}

/**
 * io_gap() - part the reply before from the reply after
 *
 * A client that finds two replies in one read loses the second and waits for ever. When
 * the first is acknowledged it cannot share a segment with the second any more; the
 * pause lets the client's process read it before the second joins it in the kernel.
 */
void io_gap(struct io *io)
{
	wait_acknowledged(io);
	pause_ms(GAP_MS);
}

/** io_forget() - wipe what was handed out: it held a password */
void io_forget(struct io *io)
{
	compact(io); /* what it leaves behind lies after the end: wiped with the rest */
	explicit_bzero(io->buffer + io->end, sizeof(io->buffer) - io->end);
}

/**
 * io_finish() - let the client read the last reply
 *
 * Closing a TCP connection with unread input resets it, and a reset throws away replies
 * that the client has not read yet. So: no more output, and the rest of the input goes
 * unseen until the client closes, within limits of its own.
 */
void io_finish(struct io *io)
{
	int64_t until = io_now() + FINISH_MS;

	shutdown(io->out, SHUT_WR);
	io->budget = FINISH_BYTES;
	do {
		io->start = io->end = 0;
	} while (fill(io, until) == IO_OK);
}
