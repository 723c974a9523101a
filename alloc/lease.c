/* SPDX-License-Identifier: MIT */
/*
 * lease.c - a lease and its line in the allocation file (tsp-leases(5))
 *
 * A line is text in fixed columns, left-aligned, "-" for what is absent:
 *
 *	number state owner endpoint mode prefix_len granted expires |
 *		endpoint mode prefix_len granted expires | checksum
 *
 * The second group is the accepted tunnel that an offer would replace. Columns stay where
 * they are, so a rewrite that is torn by a power cut only damages what it changed, and the
 * checksum tells. No column can hold a blank, a control byte or a newline: encoding refuses
 * owners that are neither a user id nor an endpoint, so nothing needs to be escaped.
 */
#include "lib/timestamp.h"
#include "alloc/lease.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alloc/lease_line.h"
#include "alloc/line.h"
#include "lib/endpoint.h"

_Static_assert(LEASE_LINE_LEN == LINE_LEN, "a lease is a line");

#define PREFIX_LEN_MAX 64

/** enum column_name - where a line's texts stand; a tunnel's five follow one another */
enum column_name {
	NUMBER,
	STATE,
	OWNER,
	TUNNEL,
	BEFORE = TUNNEL + 5,
	COLUMNS = BEFORE + 5,
};

/** enum tunnel_column - the same within a tunnel's part */
enum tunnel_column { ENDPOINT, MODE, PREFIX, GRANTED, EXPIRES };

static const struct column columns[COLUMNS] = {
	[NUMBER] = {0, 8},
	[STATE] = LEASE_COLUMN_STATE,
	[OWNER] = LEASE_COLUMN_OWNER,
	[TUNNEL + ENDPOINT] = LEASE_COLUMN_ENDPOINT,
	[TUNNEL + MODE] = {105, 7},
	[TUNNEL + PREFIX] = {113, 3},
	[TUNNEL + GRANTED] = LEASE_COLUMN_GRANTED,
	[TUNNEL + EXPIRES] = LEASE_COLUMN_EXPIRES,
	[BEFORE + ENDPOINT] = LEASE_COLUMN_BEFORE_ENDPOINT,
	[BEFORE + MODE] = {183, 7},
	[BEFORE + PREFIX] = {191, 3},
	[BEFORE + GRANTED] = {195, 20},
	[BEFORE + EXPIRES] = LEASE_COLUMN_BEFORE_EXPIRES,
};

static const char *const states[] = {
	[LEASE_FREE] = "free",
	[LEASE_OFFERED] = "offered",
	[LEASE_ACTIVE] = "active",
	[LEASE_EXPIRED] = "expired",
};
_Static_assert(sizeof(states) / sizeof(states[0]) == LEASE_STATES,
	       "a name for each state");

/** lease_state_name() - as in the file */
const char *lease_state_name(enum lease_state state)
{
	return states[state];
}

/** owner_problem() - neither a user id nor an endpoint: what is wrong, or NULL */
static const char *owner_problem(const char *owner)
{
	struct endpoint endpoint;
	char again[ENDPOINT_LEN];

	if (parse_is_user_id(owner, strnlen(owner, USER_ID_MAX + 1)))
		return NULL;
	if (endpoint_parse(owner, &endpoint))
		return "owner is neither a user id nor an endpoint";
	endpoint_format(&endpoint, again);
	return strcmp(owner, again) ? "owner is no endpoint as this program writes it"
				    : NULL;
}

/** tunnel_problem() - what is wrong with a tunnel, or NULL */
static const char *tunnel_problem(const struct lease_tunnel *tunnel)
{
	if (tunnel->mode <= TUNNEL_NONE || tunnel->mode >= TUNNEL_BUILT)
		return "a tunnel is missing";
	if ((tunnel->mode == TUNNEL_V6UDPV4) != (tunnel->endpoint.port != 0))
		return "port and mode contradict each other";
	if (tunnel->prefix_len > PREFIX_LEN_MAX)
		return "prefix length is over 64";
	return NULL;
}

/**
 * lease_problem() - what no lease can be
 *
 * Return: text, or NULL when state, owner and tunnels fit each other
 */
static const char *lease_problem(const struct lease *lease)
{
	const char *why;

	if (lease->state == LEASE_FREE)
		return lease->owner[0] || lease->tunnel.mode || lease->before.mode
			       ? "a free lease has an owner or a tunnel"
			       : NULL;
	why = owner_problem(lease->owner);
	if (!why)
		why = tunnel_problem(&lease->tunnel);
	if (why || !lease->before.mode)
		return why;
	return lease->state == LEASE_OFFERED ? tunnel_problem(&lease->before)
					     : "only an offer has a tunnel before it";
}

/** put_tunnel() - write a tunnel's five columns, from column @at */
static void put_tunnel(char line[LEASE_LINE_LEN], int at,
		       const struct lease_tunnel *tunnel)
{
	const char *mode = tunnel_type_name(tunnel->mode);
	char endpoint[ENDPOINT_LEN] = "-", prefix[4] = "-";
	char granted[TIMESTAMP_LEN] = "-", expires[TIMESTAMP_LEN] = "-";

	if (tunnel->mode != TUNNEL_NONE) {
		endpoint_format(&tunnel->endpoint, endpoint);
		if (tunnel->prefix_len)
			snprintf(prefix, sizeof(prefix), "%u", tunnel->prefix_len);
		timestamp_format(tunnel->granted, granted);
		timestamp_format(tunnel->expires, expires);
	}
	line_put(line, columns[at + ENDPOINT], endpoint);
	line_put(line, columns[at + MODE], mode ? mode : "-");
	line_put(line, columns[at + PREFIX], prefix);
	line_put(line, columns[at + GRANTED], granted);
	line_put(line, columns[at + EXPIRES], expires);
}

/**
 * lease_encode() - the line of a lease
 * @lease:	Lease; times outside the years 1970 to 9999 become the nearest in them
 * @line:	Result, not NUL-terminated
 *
 * Return: 0; -1 with EINVAL for a lease that contradicts itself or whose owner is neither
 * a user id nor an endpoint
 */
int lease_encode(const struct lease *lease, char line[LEASE_LINE_LEN])
{
	if (lease->number < 1 || lease->number > LEASE_NUMBER_MAX ||
	    lease->state >= LEASE_STATES || lease_problem(lease)) {
		errno = EINVAL;
		return -1;
	}
	line_clear(line);
	line[columns[BEFORE].at - 2] = '|';
	line_put_number(line, columns[NUMBER], lease->number);
	line_put(line, columns[STATE], states[lease->state]);
	line_put(line, columns[OWNER], lease->owner[0] ? lease->owner : "-");
	put_tunnel(line, TUNNEL, &lease->tunnel);
	put_tunnel(line, BEFORE, &lease->before);
	line_seal(line);
	assert(!memchr(line, '\n', LEASE_LINE_LEN - 1));
	return 0;
}

/** name_index() - the place of a text in a table of names, or -1 */
static int name_index(const char *const *names, int count, const char *text)
{
	int i;

	for (i = 0; i < count; i++) {
		if (!strcmp(names[i], text))
			return i;
	}
	return -1;
}

/** get_prefix_len() - "-", or a length without leading zeros */
static int get_prefix_len(const char *text, uint8_t *out)
{
	uint32_t len = 0;

	if (strcmp(text, "-") != 0 &&
	    (text[0] == '0' || parse_u32(text, 1, PREFIX_LEN_MAX, &len)))
		return -1;
	*out = (uint8_t)len;
	return 0;
}

/** get_endpoint() - an endpoint just as endpoint_format() writes it */
static int get_endpoint(const char *text, struct endpoint *out)
{
	char again[ENDPOINT_LEN];

	if (endpoint_parse(text, out))
		return -1;
	endpoint_format(out, again);
	return strcmp(text, again) ? -1 : 0;
}

/**
 * get_tunnel() - read a tunnel's five columns
 * @text:	The five texts
 * @out:	Result, all zero where there is none
 *
 * Return: NULL, or what is wrong
 */
static const char *get_tunnel(char (*text)[LINE_COLUMN_MAX + 1], struct lease_tunnel *out)
{
	int i;

	out->mode = tunnel_type_by_name(text[MODE]);
	if (out->mode >= TUNNEL_BUILT ||
	    (out->mode == TUNNEL_NONE && strcmp(text[MODE], "-") != 0))
		return "unknown mode";
	if (out->mode == TUNNEL_NONE) {
		for (i = 0; i < 5; i++) {
			if (strcmp(text[i], "-") != 0)
				return "part of a tunnel without its mode";
		}
		return NULL;
	}
	if (get_endpoint(text[ENDPOINT], &out->endpoint))
		return "endpoint is none";
	if (get_prefix_len(text[PREFIX], &out->prefix_len))
		return "prefix length is none";
	if (timestamp_parse(text[GRANTED], &out->granted) ||
	    timestamp_parse(text[EXPIRES], &out->expires))
		return "time is none";
	return NULL;
}

/**
 * lease_columns() - the columns of a line, whether or not its checksum matches
 * @line:	Line, whatever it holds
 * @number:	The lease that stands in this line
 * @out:	Result, undefined on error
 *
 * Return: NULL, or what is wrong with them
 */
const char *lease_columns(const char line[LEASE_LINE_LEN], uint32_t number,
			  struct lease *out)
{
	char text[COLUMNS][LINE_COLUMN_MAX + 1];
	const char *why;
	int i, state;

	memset(out, 0, sizeof(*out));
	if (!line_gaps_blank(line, columns, COLUMNS))
		return "something stands between the columns";
	for (i = 0; i < COLUMNS; i++) {
		if (line_get(line, columns[i], text[i]))
			return "a column holds more than one word";
	}

	if (strlen(text[NUMBER]) != columns[NUMBER].width ||
	    parse_u32(text[NUMBER], number, number, &out->number))
		return "number is not this line's";
	state = name_index(states, LEASE_STATES, text[STATE]);
	if (state < 0)
		return "unknown state";
	out->state = (enum lease_state)state;
	if (strlen(text[OWNER]) > USER_ID_MAX)
		return "owner is too long";
	if (strcmp(text[OWNER], "-") != 0)
		strcpy(out->owner, text[OWNER]);

	why = get_tunnel(&text[TUNNEL], &out->tunnel);
	if (!why)
		why = get_tunnel(&text[BEFORE], &out->before);
	return why ? why : lease_problem(out);
}

/**
 * lease_decode() - the lease of a line
 * @line:	Line, whatever it holds
 * @number:	The lease that stands in this line
 * @out:	Result, undefined on error
 * @why:	On error: what is wrong, for people
 *
 * Only what lease_encode() can have written is accepted.
 *
 * Return: 0; -1 with EBADMSG for a damaged line
 */
int lease_decode(const char line[LEASE_LINE_LEN], uint32_t number, struct lease *out,
		 const char **why)
{
	*why = line_is_sealed(line) ? lease_columns(line, number, out)
				    : "checksum does not match";
	if (!*why)
		return 0;
	errno = EBADMSG;
	return -1;
}

/**
 * lease_settle() - what an offer is whose session is gone
 * @lease:	Lease of a line that nobody holds; other states than offered stay
 *
 * The accepted tunnel before it counts again, with its own expiry; without one the offer
 * has never been a lease and is over since it was made.
 */
void lease_settle(struct lease *lease)
{
	if (lease->state != LEASE_OFFERED)
		return;
	if (lease->before.mode != TUNNEL_NONE) {
		lease->state = LEASE_ACTIVE;
		lease->tunnel = lease->before;
	} else {
		lease->state = LEASE_EXPIRED;
		lease->tunnel.expires = lease->tunnel.granted;
	}
	memset(&lease->before, 0, sizeof(lease->before));
}

/** lease_end() - a lease that is over, at the latest now */
void lease_end(struct lease *lease, time_t now)
{
	lease_settle(lease);
	lease->state = LEASE_EXPIRED;
	if (lease->tunnel.expires > now)
		lease->tunnel.expires = now;
}

/** lease_is_active() - accepted, and its time is not over */
bool lease_is_active(const struct lease *lease, time_t now)
{
	return lease->state == LEASE_ACTIVE && lease->tunnel.expires > now;
}

/** lease_same_tunnel() - building the one gives the other: only times differ */
bool lease_same_tunnel(const struct lease_tunnel *a, const struct lease_tunnel *b)
{
	return a->mode == b->mode && endpoint_equal(&a->endpoint, &b->endpoint) &&
	       a->prefix_len == b->prefix_len;
}

/**
 * lease_is_provisional() - accepted by a client that has yet to send its first packet
 *
 * No lease is granted for so short a time otherwise, and one that is extended is not
 * granted anew: so the two times tell.
 */
bool lease_is_provisional(const struct lease *lease)
{
	return lease->state == LEASE_ACTIVE &&
	       lease->tunnel.expires == lease->tunnel.granted + LEASE_PROOF_SECONDS;
}
