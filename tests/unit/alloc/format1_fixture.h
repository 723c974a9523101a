/* SPDX-License-Identifier: MIT */
/* format1_fixture.h - write allocation files of format 1 */
#ifndef FORMAT1_FIXTURE_H
#define FORMAT1_FIXTURE_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/siphash.h"
#include "lib/timestamp.h"

#define OLD_LEN 256

/** struct old_tunnel - five columns; mode NULL: none */
struct old_tunnel {
	const char *mode, *endpoint, *prefix_len;
	time_t granted, expires;
};

static inline void old_seal(char line[OLD_LEN])
{
	static const uint64_t no_key[2];
	char sum[17];

	snprintf(sum, sizeof(sum), "%016" PRIx64, siphash(no_key, line, 239));
	memcpy(line + 239, sum, 16);
	line[OLD_LEN - 1] = '\n';
}

static inline void old_header(char line[OLD_LEN], const char *pool, unsigned capacity)
{
	char text[OLD_LEN + 1];

	snprintf(text, sizeof(text), "tsp-leases %-3s %-9s %08u %016x %016x %-64s%*s| ",
		 "1", pool, capacity, 0x1234u, 0x5678u,
		 "tsp-leases(5); change it with tspctl only", 105, "");
	memcpy(line, text, OLD_LEN);
	old_seal(line);
}

static inline void old_put_tunnel(char *out, size_t size, const struct old_tunnel *t)
{
	char granted[TIMESTAMP_LEN] = "-", expires[TIMESTAMP_LEN] = "-";

	if (t->mode) {
		timestamp_format(t->granted, granted);
		timestamp_format(t->expires, expires);
	}
	snprintf(out, size, "%-21s %-7s %-3s %-20s %-20s", t->mode ? t->endpoint : "-",
		 t->mode ? t->mode : "-", t->mode && t->prefix_len ? t->prefix_len : "-",
		 granted, expires);
}

static inline void old_line(char line[OLD_LEN], unsigned number, const char *state,
			    const char *owner, struct old_tunnel tunnel,
			    struct old_tunnel before)
{
	char a[80], b[80], text[OLD_LEN + 8];

	old_put_tunnel(a, sizeof(a), &tunnel);
	old_put_tunnel(b, sizeof(b), &before);
	snprintf(text, sizeof(text), "%08u %-8.8s %-64.64s %.75s | %.75s | %17s", number,
		 state, owner, a, b, "");
	memcpy(line, text, OLD_LEN);
	old_seal(line);
}

/** old_index_lines() - blank lines behind the leases of a file */
static inline unsigned old_index_lines(unsigned capacity)
{
	return (capacity + 1) / 2 < 8 ? 8 : (capacity + 1) / 2;
}

#endif
