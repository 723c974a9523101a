/* SPDX-License-Identifier: MIT */
/*
 * format.c - numbers as text, for rows that are written by the ten thousand
 *
 * printf() takes several times as long, which is most of the time of a list of leases.
 */
#include "lib/format.h"

#include <string.h>

/**
 * format_u64() - decimal digits
 * @n:		Number
 * @out:	Result, NUL-terminated
 *
 * Return: the number of digits
 */
size_t format_u64(uint64_t n, char out[FORMAT_U64_LEN])
{
	char digits[FORMAT_U64_LEN], *p = digits + sizeof(digits);
	size_t len;

	*--p = '\0';
	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	len = (size_t)(digits + sizeof(digits) - p) - 1;
	memcpy(out, p, len + 1);
	return len;
}

/** format_hex64() - sixteen lower-case hexadecimal digits, NUL-terminated */
void format_hex64(uint64_t n, char out[FORMAT_HEX64_LEN])
{
	int i;

	for (i = 15; i >= 0; i--, n >>= 4)
		out[i] = "0123456789abcdef"[n & 15];
	out[16] = '\0';
}
