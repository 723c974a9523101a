/* SPDX-License-Identifier: MIT */
/*
 * wire.c - the client's end of a conversation: messages out, lines and bodies in
 *
 * TCP is a stream: an answer may come in pieces. Over UDP a datagram is a message and is
 * answered by one datagram with the same header. A message without an answer is sent
 * again after 1, 2, 4, 8 and 16 seconds, with the same sequence and a newer timestamp.
 * Sequence and timestamp start at random, and an answer counts only if both match a sent
 * message: forging one takes more than an address.
 *
 * The lowest byte of the sequence counts up from f0, as gogoc's does: tsps, another server,
 * reads the sequence with the low byte first, and looks for the signalling bits there.
 */
#include "client/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/random.h"

#define CONNECT_MS    5000
#define ANSWER_MS     20000 /* TCP: a server may run a template meanwhile */
#define FIRST_MS      1000  /* UDP: first time-out, then doubled */
#define ANSWERS_BYTES 65536 /* TCP: all answers of a conversation */
#define REST_MS       3000  /* for a list of brokers that has no length */
#define FOREIGN_MAX   64    /* UDP: unrelated datagrams per message */

/* UDP: bits of the sequence before the first message; 16 messages are more than any
 * conversation has */
#define SEQUENCE_BEFORE 0xf00000ef
#define SEQUENCE_RANDOM 0x07ffff00

/** fault_of() - the fault that a socket's errno stands for */
static enum report_fault fault_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return FAULT_REFUSED;
	case ETIMEDOUT:
	case EAGAIN:
		return FAULT_SILENT;
	case ECONNRESET:
	case EPIPE:
		return FAULT_CLOSED;
	default:
		return FAULT_NETWORK;
	}
}

/** fault_of_io() - the same for a result of io.c; EPIPE and such are in errno */
static enum report_fault fault_of_io(enum io_result result)
{
	switch (result) {
	case IO_OK:
		return FAULT_NONE;
	case IO_EOF:
		return FAULT_CLOSED;
	case IO_DEADLINE:
		return FAULT_SILENT;
	case IO_TOO_LONG:
		return FAULT_PROTOCOL;
	default:
		return fault_of(errno);
	}
}

/** wait_for() - wait for @events; false: time-out */
static bool wait_for(int fd, short events, int64_t until)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left;

	while ((left = until - clock_ms()) > 0) {
		int n = poll(&p, 1, left > 60000 ? 60000 : (int)left);

		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
	return false;
}

/** connected() - wait for the TCP connection that the main process has begun */
static enum report_fault connected(const struct wire *w)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (!wait_for(w->fd, POLLOUT, clock_ms() + CONNECT_MS))
		return FAULT_SILENT;
	if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &size))
		error = errno;
	return error ? fault_of(error) : FAULT_NONE;
}

/**
 * wire_open() - begin a conversation
 * @w:		Result
 * @fd:		Socket: of UDP connected; of TCP connected, or about to be
 * @udp:	Which of the two
 * @deadline:	When the conversation has to be over, as clock_ms() counts
 *
 * Return: FAULT_NONE, or why there is no connection
 */
enum report_fault wire_open(struct wire *w, int fd, bool udp, int64_t deadline)
{
	uint32_t random[2];

	w->fd = fd;
	w->udp = udp;
	w->deadline = deadline;
	w->tries = WIRE_TRIES_FIRST;
	io_open(&w->io, fd, fd, deadline, ANSWERS_BYTES);
	if (random_get(random, sizeof(random)))
		return FAULT_NETWORK;
	w->sequence = SEQUENCE_BEFORE | (random[0] & SEQUENCE_RANDOM);
	w->epoch = random[1];
	return udp ? FAULT_NONE : connected(w);
}

/** answers() - a datagram has the header of one of the @count sent since @first */
static bool answers(const uint8_t *datagram, size_t len, uint32_t sequence,
		    const uint32_t *timestamps, unsigned count)
{
	struct udp_header header;
	unsigned i;

	if (udp_header_read(datagram, len, &header) != UDP_SIGNALLING ||
	    header.sequence != sequence)
		return false;
	for (i = 0; i < count; i++) {
		if (header.timestamp == timestamps[i])
			return true;
	}
	return false;
}

/** take_answer() - wait for the answer until @until; FAULT_SILENT: not yet */
static enum report_fault take_answer(struct wire *w, const uint32_t *timestamps,
				     unsigned count, int64_t until)
{
	uint8_t datagram[UDP_DATAGRAM_MAX + 1];
	unsigned foreign = 0;

	while (foreign < FOREIGN_MAX && wait_for(w->fd, POLLIN, until)) {
		ssize_t n = recv(w->fd, datagram, sizeof(datagram), MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fault_of(errno);
		if (n < 0)
			continue;
		if (!answers(datagram, (size_t)n, w->sequence, timestamps, count)) {
			foreign++;
			continue;
		}
		w->io.start = 0;
		w->io.end = (size_t)n - UDP_HEADER_LEN;
		memcpy(w->io.buffer, datagram + UDP_HEADER_LEN, w->io.end);
		while (w->io.end && !w->io.buffer[w->io.end - 1])
			w->io.end--;
		return FAULT_NONE;
	}
	return FAULT_SILENT;
}

/** exchange() - send a datagram until it is answered */
static enum report_fault exchange(struct wire *w, const char *data, size_t len)
{
	uint8_t datagram[UDP_DATAGRAM_MAX];
	uint32_t timestamps[WIRE_TRIES];
	enum report_fault fault = FAULT_SILENT;
	unsigned try;

	if (len > UDP_MESSAGE_MAX)
		return FAULT_PROTOCOL;
	w->sequence = udp_header_next(w->sequence);
	memcpy(datagram + UDP_HEADER_LEN, data, len);
	for (try = 0; try < w->tries && fault == FAULT_SILENT; try++) {
		int64_t now = clock_ms(), until = now + (FIRST_MS << try);
		struct udp_header header = {w->sequence, w->epoch + (uint32_t)now};

		timestamps[try] = header.timestamp;
		udp_header_write(&header, datagram);
		if (send(w->fd, datagram, UDP_HEADER_LEN + len, MSG_NOSIGNAL) < 0 &&
		    errno != EAGAIN && errno != ENOBUFS)
			fault = fault_of(errno);
		else
			fault = take_answer(w, timestamps, try + 1,
					    until < w->deadline ? until : w->deadline);
	}
	explicit_bzero(datagram, sizeof(datagram));
	if (fault == FAULT_NONE)
		w->tries = WIRE_TRIES;
	return fault;
}

/**
 * wire_say() - send a message; over UDP also: until it is answered
 * @w:		Conversation
 * @data:	Message
 * @len:	Its length in bytes; 0 asks for the next answer, over UDP
 */
enum report_fault wire_say(struct wire *w, const char *data, size_t len)
{
	if (w->udp)
		return exchange(w, data, len);
	w->io.deadline = clock_ms() + ANSWER_MS;
	if (w->io.deadline > w->deadline)
		w->io.deadline = w->deadline;
	return len ? fault_of_io(io_write(&w->io, data, len)) : FAULT_NONE;
}

/** wire_is_empty() - everything received has been read */
bool wire_is_empty(const struct wire *w)
{
	return w->io.start == w->io.end;
}

/** line_of_datagram() - up to LF or the end of the datagram: some servers send no LF */
static enum report_fault line_of_datagram(struct wire *w, char **line, size_t *len)
{
	char *start = w->io.buffer + w->io.start;
	size_t left = w->io.end - w->io.start;
	char *lf = memchr(start, '\n', left);

	if (!left)
		return FAULT_PROTOCOL;
	*line = start;
	*len = lf ? (size_t)(lf - start) : left;
	w->io.start += *len + (lf != NULL);
	if (*len && start[*len - 1] == '\r')
		--*len;
	return FAULT_NONE;
}

/**
 * wire_line() - the next line of the answer
 * @w:		Conversation
 * @line:	Result, without its end, valid until the next call; may hold NULs
 * @len:	Result: its length in bytes
 */
enum report_fault wire_line(struct wire *w, char **line, size_t *len)
{
	if (w->udp)
		return line_of_datagram(w, line, len);
	return fault_of_io(io_line(&w->io, line, len));
}

/** wire_bytes() - the next @len bytes of the answer; over UDP they must all be there */
enum report_fault wire_bytes(struct wire *w, char *out, size_t len)
{
	if (!w->udp)
		return fault_of_io(io_bytes(&w->io, out, len, ANSWER_MS));
	if (w->io.end - w->io.start < len)
		return FAULT_PROTOCOL;
	memcpy(out, w->io.buffer + w->io.start, len);
	w->io.start += len;
	return FAULT_NONE;
}

/**
 * wire_rest() - what follows a status line without a length: a list of brokers
 * @w:		Conversation
 * @out:	Result, NUL-terminated
 * @size:	Its size in bytes
 * @len:	Result: bytes in @out
 *
 * Over TCP nothing says where the list ends but its last tag, or the server that closes.
 */
enum report_fault wire_rest(struct wire *w, char *out, size_t size, size_t *len)
{
	char *line;
	size_t n;

	*len = 0;
	w->io.deadline = clock_ms() + REST_MS;
	while (!memmem(out, *len, "</tunnel>", 9)) {
		if (wire_line(w, &line, &n) != FAULT_NONE)
			break;
		if (n + 1 >= size - *len)
			return FAULT_PROTOCOL;
		memcpy(out + *len, line, n);
		*len += n;
		out[(*len)++] = '\n';
	}
	out[*len] = '\0';
	return FAULT_NONE;
}
