/* SPDX-License-Identifier: MIT */
/*
 * io.c - the connection: lines, bodies and replies within a deadline and a byte budget
 *
 * What comes in goes through one buffer, however the client cut it: single bytes, one
 * segment per line, or the whole conversation at once. Sockets stay in blocking mode,
 * since that flag would be shared with every other holder of the connection;
 * MSG_DONTWAIT and poll() do the waiting, and never beyond the deadline.
 *
 * Over UDP the connection is a packet socket, and here is all that knows of it. One packet
 * is one message: its end ends a line, and a body that goes beyond it is cut off. The
 * client waits for one answer to each, so one that the session has nothing to say to is
 * answered with an empty packet, when the next one is wanted; and what the session says
 * answers the whole message, of which nothing is left then.
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
	io->packets = io->owing = false;
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

/** take() - add to the buffer what has come, at most @room bytes, or wait until @until */
static enum io_result take(struct io *io, size_t room, int64_t until, ssize_t *n)
{
	enum io_result result;

	/* one that never pauses would otherwise never be asked for the time */
	if (io_now() >= until)
		return IO_DEADLINE;
	for (;;) {
		*n = recv(io->in, io->buffer + io->end, room,
			  MSG_DONTWAIT | (io->packets ? MSG_TRUNC : 0));
		if (*n >= 0)
			return IO_OK;
		if (errno != EAGAIN && errno != EINTR)
			return IO_ERROR;
		result = wait_until(io->in, POLLIN, until);
		if (result != IO_OK)
			return result;
	}
}

/** room() - how much more fits into the buffer and is allowed */
static size_t room(const struct io *io)
{
	size_t n = sizeof(io->buffer) - io->end;

	return n < io->budget ? n : io->budget;
}

/** hung_up() - the other end is closed: reading nothing from a packet socket does not tell */
static bool hung_up(const struct io *io)
{
	struct pollfd p = {.fd = io->in};

	return poll(&p, 1, 0) == 1 && p.revents & POLLHUP;
}

/** next_packet() - the next message in place of the last, which has its answer at least now */
static enum io_result next_packet(struct io *io, int64_t until)
{
	enum io_result result;
	ssize_t n;

	if (io->owing && io_write(io, "", 0) != IO_OK)
		return IO_ERROR;
	io->start = io->end = 0;
	result = take(io, room(io), until, &n);
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
		io->end--; /* clients send the NUL of their C strings along */
	return IO_OK;
}

/** fill() - add to the buffer what has come, or wait for it until @until */
static enum io_result fill(struct io *io, int64_t until)
{
	enum io_result result;
	ssize_t n;

	if (io->packets)
		return next_packet(io, until);
	compact(io);
	if (!room(io))
		return IO_TOO_LONG;
	result = take(io, room(io), until, &n);
	if (result != IO_OK)
		return result;
	if (n == 0)
		return IO_EOF;
	io->end += (size_t)n;
	io->budget -= (size_t)n;
	return IO_OK;
}

/**
 * rest_of_packet() - the line that a packet ends without LF
 *
 * There is room for a NUL after it: a packet that fills the buffer was too long for tsp-udp.
 */
static enum io_result rest_of_packet(struct io *io, char **line, size_t *len)
{
	if (io->end == sizeof(io->buffer))
		return IO_TOO_LONG;
	*line = io->buffer + io->start;
	*len = io->end - io->start;
	io->start = io->end;
	/* one client ends a line so, and looks for no harm in it */
	if (*len && (*line)[*len - 1] == '\b')
		--*len;
	if (*len && (*line)[*len - 1] == '\r')
		--*len;
	(*line)[*len] = '\0';
	return IO_OK;
}

/**
 * io_line() - the next line, ended by LF or CRLF
 * @io:		Connection
 * @line:	Result: the line without its end, NUL-terminated, valid until the next call.
 *		It may hold NULs of the client's own.
 * @len:	Result: its length in bytes
 *
 * Return: IO_OK, or why there is no line. A line without its end is none; the end of a
 *	   packet is one.
 */
enum io_result io_line(struct io *io, char **line, size_t *len)
{
	size_t seen = 0; /* bytes known to hold no LF */
	char *end;

	while (!(end = memchr(io->buffer + io->start + seen, '\n',
			      io->end - io->start - seen))) {
		enum io_result result;

		seen = io->end - io->start;
		if (io->packets && seen)
			return rest_of_packet(io, line, len);
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

			if (io->packets)
				return IO_EOF;
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
 * @len:	Its length in bytes; 0: an empty packet
 *
 * A packet that is answered is done with: what is left of it goes.
 *
 * Return: IO_OK, or why it did not all go out
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
		result = wait_until(io->out, POLLOUT, io->deadline);
		if (result != IO_OK)
			return result;
	} while (len);
	io->owing = false;
	if (io->packets)
		io->start = io->end = 0;
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
 *
 * Over UDP the second reply answers a message of its own: the client asks with an empty one.
 *
 * Return: IO_OK; over UDP also why that did not come
 */
enum io_result io_gap(struct io *io)
{
	if (io->packets)
		return next_packet(io, io->deadline);
	wait_acknowledged(io);
	pause_ms(GAP_MS);
	return IO_OK;
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
 * unseen until the client closes, within limits of its own. A packet socket does nothing
 * of the kind.
 */
void io_finish(struct io *io)
{
	int64_t until = io_now() + FINISH_MS;

	if (io->packets)
		return;
	shutdown(io->out, SHUT_WR);
	io->budget = FINISH_BYTES;
	do {
		io->start = io->end = 0;
	} while (fill(io, until) == IO_OK);
}
