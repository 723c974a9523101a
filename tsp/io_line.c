/* SPDX-License-Identifier: MIT */
/* io_line.c - lines as most states of a conversation want them */
#include "tsp/io.h"

#include "tsp/frame.h"

/** io_line() - read a line that has a line end: see io_line_or() */
enum io_result io_line(struct io *io, char **line, size_t *len)
{
	return io_line_or(io, NULL, line, len);
}

/**
 * io_line_filled() - read the next line that is not blank
 * @io, @line, @len: As for io_line_or()
 *
 * NULs before it belong to the AUTHENTICATE line. An empty line is the late end of a line that
 * a pause has ended, a SASL client's acknowledgement of the server's last message, or bytes
 * of the last body that the client did not count.
 *
 * Return: as io_line_or()
 */
enum io_result io_line_filled(struct io *io, char **line, size_t *len)
{
	enum io_result got;

	do {
		got = io_line(io, line, len);
		if (got == IO_OK)
			frame_skip_nuls(line, len);
	} while (got == IO_OK && frame_is_blank(*line, *len));
	return got;
}
