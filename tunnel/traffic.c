/* SPDX-License-Identifier: MIT */
/* traffic.c - read the counters that a template prints (TSP_TUNNEL_INFO, tsp-template(7)) */
#include "tunnel/traffic.h"

#include <string.h>

static const char *const names[] = {
	[TRAFFIC_RX_BYTES] = "rx_bytes",
	[TRAFFIC_TX_BYTES] = "tx_bytes",
	[TRAFFIC_RX_PACKETS] = "rx_packets",
	[TRAFFIC_TX_PACKETS] = "tx_packets",
	[TRAFFIC_PROOF_PACKETS] = "proof_packets",
	[TRAFFIC_PROOF_SECONDS] = "proof_seconds",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == TRAFFIC_COUNTERS,
	       "a name for each counter");

/** parse_count() - read decimal digits; false for anything else */
static bool parse_count(const char *text, size_t len, uint64_t *out)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' ||
		    n > (UINT64_MAX - (uint64_t)(text[i] - '0')) / 10)
			return false;
		n = 10 * n + (uint64_t)(text[i] - '0');
	}
	*out = n;
	return len > 0;
}

/** parse_word() - read NAME=NUMBER; other words are skipped */
static void parse_word(const char *word, size_t len, struct traffic *out)
{
	size_t name;
	int i;

	for (i = 0; i < TRAFFIC_COUNTERS; i++) {
		name = strlen(names[i]);
		if (len > name && !strncmp(word, names[i], name) && word[name] == '=')
			out->known[i] = parse_count(word + name + 1, len - name - 1,
						    &out->count[i]);
	}
}

/**
 * traffic_parse() - read a template's counters
 * @text:	Its output: words separated by blanks or newlines
 * @out:	Result
 */
void traffic_parse(const char *text, struct traffic *out)
{
	static const char gaps[] = " \t\r\n";
	size_t len;

	memset(out, 0, sizeof(*out));
	for (text += strspn(text, gaps); *text; text += len + strspn(text + len, gaps)) {
		len = strcspn(text, gaps);
		parse_word(text, len, out);
	}
}

/**
 * traffic_heard() - when the client last proved its presence
 * @traffic:	Counters
 * @now:	Time
 *
 * Return: the time; 0: never, or the template does not say
 */
time_t traffic_heard(const struct traffic *traffic, time_t now)
{
	uint64_t ago = traffic->count[TRAFFIC_PROOF_SECONDS];

	if (!traffic->known[TRAFFIC_PROOF_SECONDS] || ago >= (uint64_t)now)
		return 0;
	return now - (time_t)ago;
}
