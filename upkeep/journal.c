/* SPDX-License-Identifier: MIT */
/*
 * journal.c - entries of the journal, field by field
 *
 * The journal is read through journalctl, in its export format: NAME=VALUE, an empty line
 * after each entry. A value with control characters has no "=" there, and is skipped.
 */
#include "upkeep/journal.h"

#include <string.h>

#include "lib/parse.h"
#include "upkeep/lines.h"

/** struct reading - journal_each() under way */
struct reading {
	journal_field *field;
	journal_entry *entry;
	void *context;
};

/** note() - lines_visitor(): a field, or the empty line behind an entry */
static int note(void *context, char *line)
{
	const struct reading *r = context;
	char *value = strchr(line, '=');

	if (!*line)
		return r->entry(r->context);
	if (value) {
		*value++ = '\0';
		r->field(r->context, line, value);
	}
	return 0;
}

/**
 * journal_each() - run journalctl and visit the entries that it prints
 * @argv:	journalctl and its arguments, with "-o export"
 * @field:	Called for each field of an entry
 * @entry:	Called after the fields of an entry
 * @context:	For @field and @entry
 *
 * Return: as lines_each()
 */
int journal_each(const char *const argv[], journal_field *field, journal_entry *entry,
		 void *context)
{
	struct reading r = {.field = field, .entry = entry, .context = context};

	return lines_each(argv, note, &r);
}

/** journal_time() - the value of __REALTIME_TIMESTAMP, microseconds; 0: not a number */
time_t journal_time(const char *text)
{
	uint64_t n;

	return parse_u64(text, &n) ? 0 : (time_t)(n / 1000000);
}

/** journal_peer_is() - TSP_PEER, an address with or without a port, has this address */
bool journal_peer_is(const char *peer, const char *ipv4)
{
	size_t len = strlen(ipv4);

	return !strncmp(peer, ipv4, len) && (!peer[len] || peer[len] == ':');
}
