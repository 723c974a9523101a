/* SPDX-License-Identifier: MIT */
/* index.h - from an owner, an endpoint or a slot to lease numbers */
#ifndef ALLOC_INDEX_H
#define ALLOC_INDEX_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/table.h"

#define INDEX_WINDOW_LINES   4 /* lines that one look-up reads */
#define INDEX_LINE_ENTRIES   18
#define INDEX_WINDOW_ENTRIES (INDEX_WINDOW_LINES * INDEX_LINE_ENTRIES)
#define INDEX_KEYS_MAX       5 /* owner; endpoint and slot of two tunnels */

/** enum index_kind - kind of key; the value is the letter in the file */
enum index_kind { INDEX_OWNER = 'o', INDEX_ENDPOINT = 'e', INDEX_SLOT = 's' };

struct index_key {
	enum index_kind kind;
	uint64_t hash;
};

/** struct index_entry - an entry as read; number 0: blank or invalid */
struct index_entry {
	struct index_key key;
	uint32_t number;
};

struct index_key index_owner_key(const struct table *t, const char *owner);
struct index_key index_endpoint_key(const struct table *t,
				    const struct endpoint *endpoint);
struct index_key index_slot_key(const struct table *t, struct in_addr ipv4,
				uint16_t slot);
size_t index_keys(const struct table *t, const struct lease *lease,
		  struct index_key out[INDEX_KEYS_MAX]);

bool index_key_among(struct index_key key, const struct index_key *keys, size_t count);

int index_find(const struct table *t, struct index_key key,
	       uint32_t numbers[INDEX_WINDOW_ENTRIES]);
int index_add(struct table *t, const struct lease *lease);
int index_has(const struct table *t, struct index_key key, uint32_t number);
bool index_line_read(const struct table *t, const char *line,
		     struct index_entry out[INDEX_LINE_ENTRIES]);
void index_line_make(const struct index_entry entries[INDEX_LINE_ENTRIES], char *line);
bool index_is_stale(struct table *t, const struct index_entry *e,
		    const struct lease *coming);
int index_remove(struct table *t, const struct lease *gone, const struct lease *now);

#endif
