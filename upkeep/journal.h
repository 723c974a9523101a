/* SPDX-License-Identifier: MIT */
/* journal.h - entries of the journal, field by field */
#ifndef UPKEEP_JOURNAL_H
#define UPKEEP_JOURNAL_H

#include <stdbool.h>
#include <time.h>

/** typedef journal_field() - called for each field of an entry that is text */
typedef void journal_field(void *context, const char *name, const char *value);

/** typedef journal_entry() - called after an entry's fields; other than 0 ends the reading */
typedef int journal_entry(void *context);

int journal_each(const char *const argv[], journal_field *field, journal_entry *entry,
		 void *context);
time_t journal_time(const char *text);
bool journal_peer_is(const char *peer, const char *ipv4);

#endif
