/* SPDX-License-Identifier: MIT */
/* format.h - numbers as text, for rows that are written by the ten thousand */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define FORMAT_U64_LEN   21 /* twenty digits and NUL */
#define FORMAT_HEX64_LEN 17 /* sixteen digits and NUL */

size_t format_u64(uint64_t n, char out[FORMAT_U64_LEN]);
void format_hex64(uint64_t n, char out[FORMAT_HEX64_LEN]);

#endif
