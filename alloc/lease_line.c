/* SPDX-License-Identifier: MIT */
/*
 * lease_line.c - a lease as a line of the allocation file (tsp-leases(5))
 *
 * A line is text in fixed columns, left-aligned, with "-" for an absent value:
 *
 *	number state owner TUNNEL | state TUNNEL rival | checksum
 *
 * TUNNEL is endpoint, mode, prefix length, granted, expires, heard, server, up, slot,
 * secret and key. The second group is the accepted tunnel that an offer would replace.
 * Columns have fixed places, so a rewrite torn by a power cut damages only the changed
 * columns, and the checksum reveals it. No column can hold a blank, a control byte or a
 * newline: encoding refuses owners that are neither a user id nor an endpoint, so nothing
 * needs to be escaped.
 */
#include "alloc/lease_line.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alloc/lease.h"
#include "alloc/rival.h"
#include "lib/addr.h"
#include "lib/format.h"
#include "lib/timestamp.h"

_Static_assert(LEASE_LINE_LEN == LINE_LEN, "a lease is a line");

#define PREFIX_LEN_MAX 64
#define SLOT_LEN       6 /* "65535" and NUL */
#define KEY_DIGITS     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

const struct column lease_columns[LEASE_COLUMNS] = {
	[LEASE_NUMBER] = {0, 8},
	[LEASE_STATE] = {9, 8},
	[LEASE_OWNER] = {18, 64},
	[LEASE_TUNNEL + TUNNEL_ENDPOINT] = {83, 21},
	[LEASE_TUNNEL + TUNNEL_MODE] = {105, 7},
	[LEASE_TUNNEL + TUNNEL_PREFIX_LEN] = {113, 3},
	[LEASE_TUNNEL + TUNNEL_GRANTED] = {117, 20},
	[LEASE_TUNNEL + TUNNEL_EXPIRES] = {138, 20},
	[LEASE_TUNNEL + TUNNEL_HEARD] = {159, 20},
	[LEASE_TUNNEL + TUNNEL_SERVER] = {180, 15},
	[LEASE_TUNNEL + TUNNEL_UP] = {196, 5},
	[LEASE_TUNNEL + TUNNEL_SLOT] = {202, 5},
	[LEASE_TUNNEL + TUNNEL_SECRET] = {208, 16},
	[LEASE_TUNNEL + TUNNEL_KEY] = {225, 44},
	[LEASE_BEFORE_STATE] = {272, 8},
	[LEASE_BEFORE + TUNNEL_ENDPOINT] = {281, 21},
	[LEASE_BEFORE + TUNNEL_MODE] = {303, 7},
	[LEASE_BEFORE + TUNNEL_PREFIX_LEN] = {311, 3},
	[LEASE_BEFORE + TUNNEL_GRANTED] = {315, 20},
	[LEASE_BEFORE + TUNNEL_EXPIRES] = {336, 20},
	[LEASE_BEFORE + TUNNEL_HEARD] = {357, 20},
	[LEASE_BEFORE + TUNNEL_SERVER] = {378, 15},
	[LEASE_BEFORE + TUNNEL_UP] = {394, 5},
	[LEASE_BEFORE + TUNNEL_SLOT] = {400, 5},
	[LEASE_BEFORE + TUNNEL_SECRET] = {406, 16},
	[LEASE_BEFORE + TUNNEL_KEY] = {423, 44},
	[LEASE_RIVAL] = {468, 24},
};

/** owner_problem() - the fault of an owner that is no user id or endpoint, or NULL */
static const char *owner_problem(const char *owner)
{
	struct endpoint endpoint;
	char again[ENDPOINT_LEN];

	if (parse_is_user_id(owner, strnlen(owner, USER_ID_MAX + 1)))
		return NULL;
	if (endpoint_parse(owner, &endpoint))
		return "owner is neither a user id nor an endpoint";
	endpoint_format(&endpoint, again);
	return strcmp(owner, again) ? "owner is an endpoint in another spelling" : NULL;
}

/** key_problem() - the fault of a key that is not empty or 32 bytes in base64, or NULL */
static const char *key_problem(const char *key)
{
	size_t len = strnlen(key, LEASE_KEY_LEN);

	if (!len || (len == LEASE_KEY_LEN - 1 && key[len - 1] == '=' &&
		     strspn(key, KEY_DIGITS) == len - 1))
		return NULL;
	return "invalid key";
}

/** tunnel_problem() - the fault of a tunnel, or NULL */
static const char *tunnel_problem(const struct lease_tunnel *tunnel)
{
	if (tunnel->mode <= TUNNEL_NONE || tunnel->mode >= TUNNEL_BUILT)
		return "a tunnel is missing";
	if ((tunnel->mode == TUNNEL_V6UDPV4) != (tunnel->endpoint.port != 0))
		return "port and mode contradict each other";
	if (tunnel->prefix_len > PREFIX_LEN_MAX)
		return "prefix length is over 64";
	return key_problem(tunnel->key);
}

/**
 * lease_problem() - find a contradiction in a lease
 *
 * Return: the fault, or NULL if state, owner and tunnels agree
 */
static const char *lease_problem(const struct lease *lease)
{
	const char *why;

	if (!lease->before.mode != (lease->before_state == LEASE_FREE))
		return "a tunnel without its state";
	if (lease->state == LEASE_FREE)
		return lease->owner[0] || lease->tunnel.mode || lease->before.mode
			       ? "a free lease has an owner or a tunnel"
			       : NULL;
	why = owner_problem(lease->owner);
	if (!why)
		why = tunnel_problem(&lease->tunnel);
	if (why || !lease->before.mode)
		return why;
	if (lease->state != LEASE_OFFERED)
		return "only an offer has a tunnel before it";
	if (lease->before_state != LEASE_CLAIMED && lease->before_state != LEASE_PRESENT)
		return "the tunnel before an offer is not accepted";
	return tunnel_problem(&lease->before);
}

/** put_tunnel() - write a tunnel's columns, from column @at */
static void put_tunnel(char line[LEASE_LINE_LEN], int at, const struct lease_tunnel *t)
{
	const char *mode = tunnel_type_name(t->mode);
	char endpoint[ENDPOINT_LEN], prefix[4] = "-", granted[TIMESTAMP_LEN];
	char expires[TIMESTAMP_LEN], heard[TIMESTAMP_LEN] = "-";
	char server[INET_ADDRSTRLEN] = "-", slot[SLOT_LEN],
	     secret[FORMAT_HEX64_LEN] = "-";
	const char *texts[TUNNEL_COLUMNS] = {
		endpoint,
		mode,
		prefix,
		granted,
		expires,
		heard,
		server,
		t->maybe_up ? "maybe" : "none",
		slot,
		secret,
		*t->key ? t->key : "-",
	};
	int i;

	endpoint_format(&t->endpoint, endpoint);
	if (t->prefix_len)
		snprintf(prefix, sizeof(prefix), "%u", t->prefix_len);
	timestamp_format(t->granted, granted);
	timestamp_format(t->expires, expires);
	if (t->heard > 0)
		timestamp_format(t->heard, heard);
	if (t->server.s_addr)
		addr_format4(t->server, server);
	snprintf(slot, sizeof(slot), "%u", t->slot);
	if (t->secret)
		format_hex64(t->secret, secret);
	for (i = 0; i < TUNNEL_COLUMNS; i++)
		line_put(line, lease_columns[at + i], mode ? texts[i] : "-");
}

/**
 * lease_encode() - write the line of a lease
 * @lease:	Lease; times outside the years 1970 to 9999 become the nearest in them
 * @line:	Result, not NUL-terminated
 *
 * Return: 0; -1 with EINVAL for a lease that contradicts itself or whose owner is neither
 * a user id nor an endpoint
 */
int lease_encode(const struct lease *lease, char line[LEASE_LINE_LEN])
{
	bool before = lease->before_state != LEASE_FREE;
	char rival[RIVAL_LEN];

	if (lease->number < 1 || lease->number > LEASE_NUMBER_MAX ||
	    lease->state >= LEASE_STATES || lease_problem(lease)) {
		errno = EINVAL;
		return -1;
	}
	line_clear(line);
	line[lease_columns[LEASE_BEFORE_STATE].at - 2] = '|';
	line_put_number(line, lease_columns[LEASE_NUMBER], lease->number);
	line_put(line, lease_columns[LEASE_STATE], lease_state_name(lease->state));
	line_put(line, lease_columns[LEASE_OWNER], lease->owner[0] ? lease->owner : "-");
	put_tunnel(line, LEASE_TUNNEL, &lease->tunnel);
	line_put(line, lease_columns[LEASE_BEFORE_STATE],
		 before ? lease_state_name(lease->before_state) : "-");
	put_tunnel(line, LEASE_BEFORE, &lease->before);
	rival_format(lease, rival);
	line_put(line, lease_columns[LEASE_RIVAL], rival);
	line_seal(line);
	assert(!memchr(line, '\n', LEASE_LINE_LEN - 1));
	return 0;
}

/** get_state() - the state of a name; -1: unknown name */
static int get_state(const char *text)
{
	int i;

	for (i = 0; i < LEASE_STATES; i++) {
		if (!strcmp(lease_state_name((enum lease_state)i), text))
			return i;
	}
	return -1;
}

/** get_number() - read a number of at least @min without leading zeros; "-" is 0 if @min is 1 */
static int get_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	*out = 0;
	if (min && !strcmp(text, "-"))
		return 0;
	if (text[0] == '0' && text[1])
		return -1;
	return parse_u32(text, min, max, out);
}

/** get_endpoint() - read an endpoint in the exact form of endpoint_format() */
static int get_endpoint(const char *text, struct endpoint *out)
{
	char again[ENDPOINT_LEN];

	if (endpoint_parse(text, out))
		return -1;
	endpoint_format(out, again);
	return strcmp(text, again) ? -1 : 0;
}

/** get_heard() - read a time after the start of 1970, or "-" */
static int get_heard(const char *text, time_t *out)
{
	if (!strcmp(text, "-"))
		return 0;
	return timestamp_parse(text, out) || !*out ? -1 : 0;
}

/** get_server() - read an address, or "-" */
static int get_server(const char *text, struct in_addr *out)
{
	if (!strcmp(text, "-"))
		return 0;
	return addr_parse4(text, out) || !out->s_addr ? -1 : 0;
}

/** get_secret() - read sixteen hexadecimal digits, or "-" */
static int get_secret(const char *text, uint64_t *out)
{
	if (!strcmp(text, "-"))
		return 0;
	return parse_hex64(text, out) || !*out ? -1 : 0;
}

/**
 * get_tunnel() - read a tunnel's columns
 * @text:	Their texts
 * @out:	Result, all zero without a tunnel
 *
 * Return: NULL, or the fault
 */
static const char *get_tunnel(char (*text)[LINE_COLUMN_MAX + 1], struct lease_tunnel *out)
{
	uint32_t prefix_len, slot;
	int i;

	out->mode = tunnel_type_by_name(text[TUNNEL_MODE]);
	if (out->mode == TUNNEL_NONE) {
		for (i = 0; i < TUNNEL_COLUMNS; i++) {
			if (strcmp(text[i], "-") != 0)
				return i == TUNNEL_MODE
					       ? "unknown mode"
					       : "part of a tunnel without its mode";
		}
		return NULL;
	}
	if (out->mode >= TUNNEL_BUILT)
		return "unknown mode";
	if (get_endpoint(text[TUNNEL_ENDPOINT], &out->endpoint))
		return "invalid endpoint";
	if (get_number(text[TUNNEL_PREFIX_LEN], 1, PREFIX_LEN_MAX, &prefix_len))
		return "invalid prefix length";
	if (timestamp_parse(text[TUNNEL_GRANTED], &out->granted) ||
	    timestamp_parse(text[TUNNEL_EXPIRES], &out->expires) ||
	    get_heard(text[TUNNEL_HEARD], &out->heard))
		return "invalid time";
	if (get_server(text[TUNNEL_SERVER], &out->server))
		return "invalid server address";
	out->maybe_up = !strcmp(text[TUNNEL_UP], "maybe");
	if (!out->maybe_up && strcmp(text[TUNNEL_UP], "none") != 0)
		return "neither none nor maybe";
	if (get_number(text[TUNNEL_SLOT], 0, UINT16_MAX, &slot))
		return "invalid slot";
	if (get_secret(text[TUNNEL_SECRET], &out->secret))
		return "invalid secret";
	out->prefix_len = (uint8_t)prefix_len;
	out->slot = (uint16_t)slot;
	if (strcmp(text[TUNNEL_KEY], "-") != 0)
		memcpy(out->key, text[TUNNEL_KEY], strlen(text[TUNNEL_KEY]));
	return NULL;
}

/** get_lease() - read number, states and owner: NULL, or the fault */
static const char *get_lease(char (*text)[LINE_COLUMN_MAX + 1], uint32_t number,
			     struct lease *out)
{
	int state = get_state(text[LEASE_STATE]);
	int before = strcmp(text[LEASE_BEFORE_STATE], "-") != 0
			     ? get_state(text[LEASE_BEFORE_STATE])
			     : LEASE_FREE;

	if (strlen(text[LEASE_NUMBER]) != lease_columns[LEASE_NUMBER].width ||
	    parse_u32(text[LEASE_NUMBER], number, number, &out->number))
		return "number is not this line's";
	if (state < 0 || before < 0 || !strcmp(text[LEASE_BEFORE_STATE], "free"))
		return "unknown state";
	if (strlen(text[LEASE_OWNER]) > USER_ID_MAX)
		return "owner is too long";
	if (rival_parse(text[LEASE_RIVAL], out))
		return "invalid rival";
	out->state = (enum lease_state)state;
	out->before_state = (enum lease_state)before;
	if (strcmp(text[LEASE_OWNER], "-") != 0)
		strcpy(out->owner, text[LEASE_OWNER]);
	return NULL;
}

/**
 * lease_read() - read the lease in the columns of a line, without its checksum
 * @line:	Line, whatever it holds
 * @number:	The lease that stands in this line
 * @out:	Result, undefined on error
 *
 * Return: NULL, or the fault
 */
const char *lease_read(const char line[LEASE_LINE_LEN], uint32_t number,
		       struct lease *out)
{
	char text[LEASE_COLUMNS][LINE_COLUMN_MAX + 1];
	int i, count = LEASE_COLUMNS;
	const char *why;

	memset(out, 0, sizeof(*out));
	strcpy(text[LEASE_BEFORE_STATE], "-");
	strcpy(text[LEASE_RIVAL], "-");
	if (!line_gaps_blank(line, lease_columns, LEASE_COLUMNS))
		return "text between the columns";
	if (line_are_absent(line, lease_columns + LEASE_BEFORE_STATE,
			    LEASE_COLUMNS - LEASE_BEFORE_STATE))
		count = LEASE_BEFORE_STATE; /* as in all lines but those of offers */
	for (i = 0; i < count; i++) {
		if (line_get(line, lease_columns[i], text[i]))
			return "a column does not hold exactly one word";
	}
	why = get_lease(text, number, out);
	if (!why)
		why = get_tunnel(&text[LEASE_TUNNEL], &out->tunnel);
	if (!why && count == LEASE_COLUMNS)
		why = get_tunnel(&text[LEASE_BEFORE], &out->before);
	return why ? why : lease_problem(out);
}

/**
 * lease_decode() - read the lease of a line
 * @line:	Line, whatever it holds
 * @number:	The lease that stands in this line
 * @out:	Result, undefined on error
 * @why:	On error: the fault, for people
 *
 * Only what lease_encode() can have written is accepted.
 *
 * Return: 0; -1 with EBADMSG for a damaged line
 */
int lease_decode(const char line[LEASE_LINE_LEN], uint32_t number, struct lease *out,
		 const char **why)
{
	*why = line_is_sealed(line) ? lease_read(line, number, out)
				    : "checksum does not match";
	if (!*why)
		return 0;
	errno = EBADMSG;
	return -1;
}
