/* SPDX-License-Identifier: MIT */
/*
 * base64.c - base64 as SASL uses it (RFC 4648, 4): one line, padded, strict
 *
 * libgsasl has this too, but the session process must not load it: loading libraries is
 * half of the handler's start, and the code that the network reaches first stays small.
 */
#include "lib/base64.h"

#include <errno.h>

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * base64_encode() - append bytes in base64, with padding and without line breaks
 * @out:	Text goes here
 * @data:	Bytes
 * @len:	Number of bytes
 */
void base64_encode(struct buf *out, const uint8_t *data, size_t len)
{
	size_t i, left;

	for (i = 0; i < len; i += 3) {
		uint32_t group = (uint32_t)data[i] << 16;
		char four[4];

		left = len - i;
		if (left > 1)
			group |= (uint32_t)data[i + 1] << 8;
		if (left > 2)
			group |= data[i + 2];
		four[0] = digits[group >> 18];
		four[1] = digits[group >> 12 & 63];
		four[2] = left > 1 ? digits[group >> 6 & 63] : '=';
		four[3] = left > 2 ? digits[group & 63] : '=';
		buf_add(out, four, sizeof(four));
	}
}

/** digit_value() - 0 to 63, or -1 for any other character */
static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/**
 * decode_group() - four characters into one to three bytes
 * @four:	Characters
 * @count:	Bytes they stand for: three less the padding
 * @bytes:	Result
 *
 * Return: 0; -1 for a foreign character, or for bits set behind the last byte, which
 * would give one message two spellings
 */
static int decode_group(const char four[4], size_t count, uint8_t bytes[3])
{
	uint32_t group = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		int value = i <= count ? digit_value(four[i]) : 0;

		if (value < 0)
			return -1;
		group = group << 6 | (uint32_t)value;
	}
	if (group & ((1U << (8 * (3 - count))) - 1))
		return -1;
	bytes[0] = (uint8_t)(group >> 16);
	bytes[1] = (uint8_t)(group >> 8);
	bytes[2] = (uint8_t)group;
	return 0;
}

/**
 * base64_decode() - the reverse: no blanks, no line breaks, padding where it belongs
 * @text:	Characters, need not be NUL-terminated
 * @text_len:	Their number
 * @out:	Bytes go here
 * @size:	Room in @out, in bytes
 * @len:	Result: number of bytes
 *
 * Return: 0; -1 with EINVAL for what is not base64, EMSGSIZE when it does not fit
 */
int base64_decode(const char *text, size_t text_len, uint8_t *out, size_t size,
		  size_t *len)
{
	size_t i, j, n = 0;

	errno = EINVAL;
	if (text_len % 4)
		return -1;

	for (i = 0; i < text_len; i += 4) {
		size_t count = 3;
		uint8_t bytes[3];

		if (i + 4 == text_len && text[i + 3] == '=')
			count = text[i + 2] == '=' ? 1 : 2;
		if (decode_group(text + i, count, bytes))
			return -1;
		if (count > size - n) {
			errno = EMSGSIZE;
			return -1;
		}
		for (j = 0; j < count; j++)
			out[n++] = bytes[j];
	}
	*len = n;
	return 0;
}
