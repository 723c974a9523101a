/* SPDX-License-Identifier: MIT */
/* parse.h - strict scalars: empty, trailing garbage, signs and out of range are refused */
#ifndef LIB_PARSE_H
#define LIB_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USER_ID_MAX 63 /* characters of a user id */

int parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *out);
int parse_u64(const char *text, uint64_t *out);
int parse_hex64(const char *text, uint64_t *out);
int parse_bool(const char *text, bool *out);
bool parse_is_user_id(const char *text, size_t len);
bool parse_is_domain(const char *text);

#endif
