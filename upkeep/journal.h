/* SPDX-License-Identifier: MIT */
/* journal.h - entries of the journal, field by field */
#ifndef UPKEEP_JOURNAL_H
#define UPKEEP_JOURNAL_H

#include <stdbool.h>
#include <time.h>

#include "lib/config.h"

#define JOURNAL_ARGS 16 /* of a search, at most */

/** typedef journal_field() - called for each field of an entry that is text */
typedef void journal_field(void *context, const char *name, const char *value);

/**
 * typedef journal_entry() - called after an entry's fields
 * @context:	From struct journal_search
 * @ours:	The server or root wrote the entry; otherwise it can be a forgery
 *
 * Return: 0; anything else ends the reading
 */
typedef int journal_entry(void *context, bool ours);

/**
 * struct journal_search - journal_each() reads these entries
 * @config:	Configuration; the server's user is the owner of its [server] state
 * @fields:	Names of the fields to read, separated by commas
 * @args:	Further arguments of journalctl: matches, --since, -r
 * @count:	How many, at most JOURNAL_ARGS
 * @field:	Called for each field of an entry
 * @entry:	Called after the fields of an entry
 * @context:	For @field and @entry
 */
struct journal_search {
	const struct config *config;
	const char *fields;
	const char *args[JOURNAL_ARGS];
	size_t count;
	journal_field *field;
	journal_entry *entry;
	void *context;
};

int journal_each(const struct journal_search *search);
time_t journal_time(const char *text);
bool journal_peer_is(const char *peer, const char *ipv4);

#endif
