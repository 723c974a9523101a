/* SPDX-License-Identifier: MIT */
/*
 * format1.c - read allocation files of format 1, lines of 256 bytes
 *
 *	number state owner TUNNEL | TUNNEL | checksum
 *
 * TUNNEL is endpoint, mode, prefix length, granted and expires; the state of an accepted
 * lease is "active". Texts are those of format 2, so a line is read by laying its words
 * out as a line of format 2 (lease_line.c). The times tell whether a client had proved its
 * presence: without proof a lease had LEASE_PROOF_SECONDS.
 */
#include "alloc/format1.h"

#include <string.h>

#include "alloc/lease_line.h"
#include "lib/format.h"
#include "lib/siphash.h"
#include "lib/timestamp.h"

#define SUM_AT    239
#define INDEX_MIN 8
#define WORDS     13

/** enum word - the columns of a line; a tunnel has five */
enum word { NUMBER, STATE, OWNER, TUNNEL, BEFORE = TUNNEL + 5 };

static const struct column columns[WORDS] = {
	{0, 8},    {9, 8},    {18, 64}, {83, 21}, {105, 7},  {113, 3},  {117, 20},
	{138, 20}, {161, 21}, {183, 7}, {191, 3}, {195, 20}, {216, 20},
};
static const struct column pool_column = {15, 9}, capacity_column = {25, 8},
			   key_columns[2] = {{34, 16}, {51, 16}};

/** widen() - the line as the start of a line of format 2, for functions of line.c */
static void widen(const char line[FORMAT1_LINE_LEN], char out[LINE_LEN])
{
	memset(out, ' ', LINE_LEN);
	memcpy(out, line, FORMAT1_LINE_LEN);
}

/** is_sealed() - the checksum matches */
static bool is_sealed(const char line[FORMAT1_LINE_LEN])
{
	static const uint64_t no_key[2];
	char sum[FORMAT_HEX64_LEN];

	format_hex64(siphash(no_key, line, SUM_AT), sum);
	return line[FORMAT1_LINE_LEN - 1] == '\n' && !memcmp(line + SUM_AT, sum, 16);
}

/**
 * format1_is_file() - true if these bytes begin a file of format 1
 * @head:	Its first bytes; the header may be damaged
 */
bool format1_is_file(const char head[2 * FORMAT1_LINE_LEN])
{
	static const char begin[] = "tsp-leases 1  ", first[] = "00000001 ";

	return (is_sealed(head) && !memcmp(head, begin, sizeof(begin) - 1)) ||
	       !memcmp(head + FORMAT1_LINE_LEN, first, sizeof(first) - 1);
}

/** capacity_of() - the largest capacity that a file of @size bytes can have */
static uint32_t capacity_of(off_t size)
{
	uint32_t low = 0, high = LEASE_NUMBER_MAX;

	while (low < high) {
		uint32_t middle = high - (high - low) / 2, index = (middle + 1) / 2;

		index = index < INDEX_MIN ? INDEX_MIN : index;
		if (((off_t)1 + middle + index) * FORMAT1_LINE_LEN <= size)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/**
 * format1_capacity() - number of leases that can be read from a file
 * @line:	Line 0; if it is damaged, the size of the file decides
 * @kind:	The pool that the file should be of
 * @size:	Bytes of the file
 * @key:	Result: the key of its hash; zeros if it is lost
 *
 * Return: their number; 0 for a file of the other pool or without lines
 */
uint32_t format1_capacity(const char line[FORMAT1_LINE_LEN], enum pool_kind kind,
			  off_t size, uint64_t key[2])
{
	uint32_t lines = (uint32_t)(size / FORMAT1_LINE_LEN), capacity;
	char wide[LINE_LEN], text[LINE_COLUMN_MAX + 1];
	int i;

	key[0] = key[1] = 0;
	if (!is_sealed(line))
		return capacity_of(size);
	widen(line, wide);
	if (!line_has(wide, pool_column, pool_name(kind)) ||
	    line_get(wide, capacity_column, text) ||
	    parse_u32(text, 1, LEASE_NUMBER_MAX, &capacity))
		return 0;
	for (i = 0; i < 2; i++) {
		if (line_get(wide, key_columns[i], text) || parse_hex64(text, &key[i]))
			return 0;
	}
	return capacity < lines ? capacity : lines ? lines - 1 : 0;
}

/** accepted_state() - state of an accepted tunnel: claimed or present */
static enum lease_state accepted_state(char (*tunnel)[LINE_COLUMN_MAX + 1])
{
	time_t granted, expires;

	if (!timestamp_parse(tunnel[TUNNEL_GRANTED], &granted) &&
	    !timestamp_parse(tunnel[TUNNEL_EXPIRES], &expires) &&
	    expires == granted + LEASE_PROOF_SECONDS)
		return LEASE_CLAIMED;
	return LEASE_PRESENT;
}

/** put_tunnel() - write five words as the columns of a tunnel */
static void put_tunnel(char line[LINE_LEN], int at, char (*words)[LINE_COLUMN_MAX + 1])
{
	bool none = !strcmp(words[TUNNEL_MODE], "-");
	int i;

	for (i = 0; i < TUNNEL_COLUMNS; i++)
		line_put(line, lease_columns[at + i], i < TUNNEL_HEARD ? words[i] : "-");
	if (none)
		return;
	line_put(line, lease_columns[at + TUNNEL_UP], "none");
	line_put(line, lease_columns[at + TUNNEL_SLOT], "0");
}

/** put_line() - write all words as an unsealed line of format 2 */
static void put_line(char (*words)[LINE_COLUMN_MAX + 1], char line[LINE_LEN])
{
	bool active = !strcmp(words[STATE], "active");
	bool before = strcmp(words[BEFORE + TUNNEL_MODE], "-") != 0;

	line_clear(line);
	line[lease_columns[LEASE_BEFORE_STATE].at - 2] = '|';
	line_put(line, lease_columns[LEASE_NUMBER], words[NUMBER]);
	line_put(line, lease_columns[LEASE_STATE],
		 active ? lease_state_name(accepted_state(&words[TUNNEL]))
			: words[STATE]);
	line_put(line, lease_columns[LEASE_OWNER], words[OWNER]);
	put_tunnel(line, LEASE_TUNNEL, &words[TUNNEL]);
	line_put(line, lease_columns[LEASE_BEFORE_STATE],
		 before ? lease_state_name(accepted_state(&words[BEFORE])) : "-");
	put_tunnel(line, LEASE_BEFORE, &words[BEFORE]);
	line_put(line, lease_columns[LEASE_RIVAL], "-");
}

/**
 * format1_lease() - the lease of a line
 * @line:	Line, whatever it holds
 * @number:	The lease that stands in this line
 * @out:	Result, undefined on error; without slot, secret and times of format 2
 *
 * Return: NULL, or what is wrong with the line
 */
const char *format1_lease(const char line[FORMAT1_LINE_LEN], uint32_t number,
			  struct lease *out)
{
	char words[WORDS][LINE_COLUMN_MAX + 1], wide[LINE_LEN], now[LINE_LEN];
	int i;

	if (!is_sealed(line))
		return "checksum does not match";
	widen(line, wide);
	for (i = 0; i < WORDS; i++) {
		if (line_get(wide, columns[i], words[i]))
			return "a column does not hold exactly one word";
	}
	put_line(words, now);
	return lease_read(now, number, out);
}

/**
 * format1_salvage() - keep the owner of a damaged line, or make the lease free
 * @line:	Line
 * @number:	The lease that stands in this line
 * @kind:	Its pool
 * @out:	Result: expired, its tunnel possibly still up; or free
 */
void format1_salvage(const char line[FORMAT1_LINE_LEN], uint32_t number,
		     enum pool_kind kind, struct lease *out)
{
	char wide[LINE_LEN], owner[LINE_COLUMN_MAX + 1], text[LINE_COLUMN_MAX + 1];
	struct endpoint end = {.port = 0};

	*out = (struct lease){.number = number, .state = LEASE_FREE};
	widen(line, wide);
	if (line_get(wide, columns[OWNER], owner) || strlen(owner) > USER_ID_MAX)
		return;
	if (kind == POOL_ANONYMOUS) {
		if (endpoint_parse(owner, &end))
			return;
		endpoint_format(&end, owner);
	} else {
		if (!parse_is_user_id(owner, strlen(owner)))
			return;
		if (line_get(wide, columns[TUNNEL], text) || endpoint_parse(text, &end))
			end = (struct endpoint){.port = 0};
	}
	out->state = LEASE_EXPIRED;
	strcpy(out->owner, owner);
	out->tunnel.mode = end.port ? TUNNEL_V6UDPV4 : TUNNEL_V6V4;
	out->tunnel.endpoint = end;
	out->tunnel.maybe_up = true;
}
