/* SPDX-License-Identifier: MIT */
/* io.h - the connection: lines, bodies and replies within a deadline and a byte budget */
#ifndef TSP_IO_H
#define TSP_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IO_BUFFER_SIZE 4096 /* longest line, with its line end */

enum io_result {
	IO_OK,
	IO_EOF,      /* the client has closed its end */
	IO_DEADLINE, /* time is up */
	IO_TOO_LONG, /* the line is longer than the buffer, or the budget is used up */
	IO_ERROR,    /* the connection broke: errno */
};

/**
 * struct io - one connection
 * @in:		Socket to read from
 * @out:	Socket to write to; mostly the same
 * @deadline:	When the client has to be done, as clock_ms() counts
 * @budget:	Bytes that the client may still send
 * @packets:	The connection is a packet socket of tsp-udp: one packet is one message, and
 *		is answered with one packet. Set it after io_open().
 * @watch:	Socket whose other end must stay open, or the connection is over; -1: none. Set
 *		it after io_open().
 * @owing:	With @packets: the last message has not been answered
 * @start:	First byte of @buffer that was not handed out
 * @end:	First free byte of @buffer
 */
struct io {
	int in, out;
	int64_t deadline;
	size_t budget;
	bool packets;
	int watch;
	bool owing;
	size_t start, end;
	char buffer[IO_BUFFER_SIZE];
};

void io_open(struct io *io, int in, int out, int64_t deadline, size_t budget);
enum io_result io_line(struct io *io, char **line, size_t *len);
enum io_result io_line_or(struct io *io, int (*check)(const char *, size_t), char **line,
			  size_t *len);
enum io_result io_line_filled(struct io *io, char **line, size_t *len);
enum io_result io_bytes(struct io *io, char *out, size_t len, int64_t idle_ms);
enum io_result io_write(struct io *io, const char *data, size_t len);
enum io_result io_gap(struct io *io);
void io_forget(struct io *io);
void io_finish(struct io *io);

#endif
