/* SPDX-License-Identifier: MIT */
/* timestamp.c - points in time as text: UTC, ISO 8601, so that they sort as text */
#include "lib/timestamp.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/**
 * timestamp_format() - UTC, ISO 8601
 * @t:		Unix time; outside the years 1970 to 9999 the nearest of them is written
 * @out:	Result, NUL-terminated, always TIMESTAMP_LEN - 1 characters
 */
void timestamp_format(time_t t, char out[TIMESTAMP_LEN])
{
	const time_t last = 253402300799; /* 9999-12-31T23:59:59Z */
	struct tm tm;

	t = t < 0 ? 0 : t > last ? last : t;
	gmtime_r(&t, &tm);
	strftime(out, TIMESTAMP_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/**
 * timestamp_parse() - the reverse of timestamp_format(): UTC, ISO 8601 with "T" and "Z"
 *
 * Return: 0, or -1 with EINVAL, also for days and hours that do not exist
 */
int timestamp_parse(const char *text, time_t *out)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
	char again[TIMESTAMP_LEN];
	struct tm tm = {0};
	size_t i;

	errno = EINVAL;
	for (i = 0; i < sizeof(shape); i++) {
		if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != shape[i])
			return -1;
	}

#define TWO(at) ((text[at] - '0') * 10 + text[(at) + 1] - '0')
	tm.tm_year = TWO(0) * 100 + TWO(2) - 1900;
	tm.tm_mon = TWO(5) - 1;
	tm.tm_mday = TWO(8);
	tm.tm_hour = TWO(11);
	tm.tm_min = TWO(14);
	tm.tm_sec = TWO(17);
#undef TWO
	*out = timegm(&tm);

	/* timegm() makes 1 March of 29 February 2026: only what comes back unchanged is real */
	timestamp_format(*out, again);
	return strcmp(again, text) ? -1 : 0;
}
