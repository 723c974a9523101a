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
	IO_EOF,      /* the client sends no more */
	IO_DEADLINE, /* it took too long */
	IO_TOO_LONG, /* a line longer than the buffer, or the byte budget is used up */
	IO_ERROR,    /* the connection broke: errno */
};

/**
 * struct io - one connection
 * @in:		Socket the client's bytes come from
 * @out:	Socket replies go to; mostly the same
 * @deadline:	When the client has to be done, as io_now() counts
 * @budget:	Bytes that the client may still send
 * @packets:	The connection is a packet socket, as tsp-udp has it: one packet is one
 *		message of the client's, and wants one packet in return. To be set after
 *		io_open().
 * @owing:	With @packets: the last one has not been answered
 * @start:	First byte of @buffer not yet handed out ...
 * @end:	... and the first free one
 */
struct io {
	int in, out;
	int64_t deadline;
	size_t budget;
	bool packets;
	bool owing;
	size_t start, end;
	char buffer[IO_BUFFER_SIZE];
};

int64_t io_now(void);
void io_open(struct io *io, int in, int out, int64_t deadline, size_t budget);
enum io_result io_line(struct io *io, char **line, size_t *len);
enum io_result io_bytes(struct io *io, char *out, size_t len, int64_t idle_ms);
enum io_result io_write(struct io *io, const char *data, size_t len);
enum io_result io_gap(struct io *io);
void io_forget(struct io *io);
void io_finish(struct io *io);

#endif
