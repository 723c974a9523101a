/* SPDX-License-Identifier: MIT */
/* buf.c - fixed buffers that remember an overflow instead of making one */
#include "lib/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/** buf_clear() - empty, and whole again */
void buf_clear(struct buf *b)
{
	b->len = 0;
	b->full = false;
	b->data[0] = '\0';
}

/**
 * buf_add() - append bytes: all of them, or none and the buffer is marked full
 * @b:		Buffer
 * @data:	Bytes
 * @len:	Number of bytes
 */
void buf_add(struct buf *b, const void *data, size_t len)
{
	if (b->full || len >= b->size - b->len) {
		b->full = true;
		return;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

/** buf_text() - append a NUL-terminated string */
void buf_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

/** buf_printf() - append formatted text: all of it, or none and the buffer is marked full */
void buf_printf(struct buf *b, const char *format, ...)
{
	size_t room = b->size - b->len;
	va_list args;
	int n;

	if (b->full)
		return;
	va_start(args, format);
	n = vsnprintf(b->data + b->len, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room) {
		b->data[b->len] = '\0';
		b->full = true;
		return;
	}
	b->len += (size_t)n;
}

/**
 * buf_tail() - the last lines of a text
 * @b:		Buffer
 * @lines:	How many, at least 1
 *
 * Return: where they begin; a text with fewer lines begins at its start
 */
const char *buf_tail(const struct buf *b, size_t lines)
{
	const char *start = b->data + b->len;

	if (b->len && start[-1] == '\n')
		start--; /* it ends the last line and begins none */
	while (start > b->data && (start[-1] != '\n' || --lines))
		start--;
	return start;
}

/**
 * buf_escape() - append text from outside so that it stays one line of plain ASCII
 * @b:		Buffer
 * @data:	Bytes from a client, a file or a template
 * @len:	Number of bytes
 *
 * Printable ASCII stands for itself, a backslash is doubled, every other byte becomes
 * \xHH: no newline can forge a line, no escape sequence reaches a terminal.
 */
void buf_escape(struct buf *b, const char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '\\')
			buf_add(b, "\\\\", 2);
		else if (c >= ' ' && c < 0x7f)
			buf_add(b, &c, 1);
		else
			buf_printf(b, "\\x%02x", c);
	}
}
