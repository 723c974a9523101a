/* SPDX-License-Identifier: MIT */
/* base64.h - base64 as SASL uses it (RFC 4648, 4): one line, padded, strict */
#ifndef LIB_BASE64_H
#define LIB_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

void base64_encode(struct buf *out, const uint8_t *data, size_t len);
int base64_decode(const char *text, size_t text_len, uint8_t *out, size_t size,
		  size_t *len);

#endif
