/* SPDX-License-Identifier: MIT */
/* timestamp.h - points in time as text: UTC, ISO 8601, so that they sort as text */
#ifndef LIB_TIMESTAMP_H
#define LIB_TIMESTAMP_H

#include <time.h>

#define TIMESTAMP_LEN 21 /* "2026-11-23T14:38:10Z" and its NUL */

int timestamp_parse(const char *text, time_t *out);
void timestamp_format(time_t t, char out[TIMESTAMP_LEN]);

#endif
