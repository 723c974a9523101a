/* SPDX-License-Identifier: MIT */
/* buf.h - fixed buffers that remember an overflow instead of making one */
#ifndef LIB_BUF_H
#define LIB_BUF_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct buf - bytes in caller's memory; what does not fit is dropped and remembered
 * @data:	Memory; always NUL-terminated after a call of this module
 * @size:	Its size in bytes, at least 1
 * @len:	Bytes in use, without the NUL
 * @full:	Something did not fit: the content is not whole
 */
struct buf {
	char *data;
	size_t size;
	size_t len;
	bool full;
};

#define BUF_ON(array) ((struct buf){.data = (array), .size = sizeof(array)})

void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *buf_tail(const struct buf *b, size_t lines);
void buf_escape(struct buf *b, const char *data, size_t len);

#endif
