/* SPDX-License-Identifier: MIT */
/*
 * index.c - from an owner, an endpoint or a slot to lease numbers
 *
 * Theory of operation
 *
 * Behind the lease lines stand index lines of 18 entries, 28 characters each:
 *
 *	KEY(16 hexadecimal digits) KIND NUMBER(8 digits)	or blanks
 *
 * The key is a hash, with the file's own key, of the kind and of the owner ('o'), of the
 * endpoint, address and port ('e'), or of an IPv4 address and a slot among its present clients
 * ('s'; slot.c). In the anonymous file the owner is the endpoint, so 'e' serves for both.
 * There an expired lease with a port has no entry: no client needs the lease itself, since
 * the addresses follow from the endpoint.
 *
 * An entry is stored in a window of four lines, whose first line follows from the key, so
 * one read of 2 KB finds all entries of a key. Thousands of tunnels behind one IPv4 address
 * have as many different keys, so they spread like others. There are six places for each
 * lease, which has at most five entries and usually three, so a window is almost never
 * full; if it is, the pool counts as full for that client.
 *
 * Entries are written before the lease line that they lead to. They are blanked after a
 * line that no longer needs them is on the disk. A process killed in between leaves an
 * extra entry, never a missing one. An entry counts only if the lease that it names has
 * its key: callers of index_find() must compare. Otherwise the entry is stale and its place
 * is free for others.
 */
#include "alloc/index.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alloc/header.h"
#include "alloc/lease_line.h"
#include "lib/log.h"

#define ENTRY_LEN  28 /* 16 + " " + 1 + 8 + "  " */
#define KIND_AT    17
#define KEY_LEN    18 /* the part before the number */
#define TEXT_LEN   26 /* with the number; the rest is padding */
#define NUMBER_AT  18
#define NUMBER_LEN 8
#define WINDOW_LEN (INDEX_WINDOW_LINES * LINE_LEN)

_Static_assert(HEADER_INDEX_MIN >= INDEX_WINDOW_LINES, "a window does not meet itself");
_Static_assert(INDEX_LINE_ENTRIES *ENTRY_LEN < LINE_LEN, "entries fit in their line");

/** struct window - the lines that a key can be in */
struct window {
	uint32_t lines; /* index lines of the file */
	uint32_t first; /* first line of the window, from 0 */
	char data[WINDOW_LEN];
};

/** window_at() - offset in the file of entry @i of a window */
static off_t window_at(const struct table *t, const struct window *w, unsigned i)
{
	uint32_t line = (w->first + i / INDEX_LINE_ENTRIES) % w->lines;

	return header_line_at(1 + t->capacity + line) +
	       (off_t)(i % INDEX_LINE_ENTRIES * ENTRY_LEN);
}

/** window_read() - read the window of a key; two reads if it wraps at the end */
static int window_read(const struct table *t, struct index_key key, struct window *w)
{
	uint32_t count;

	w->lines = header_index_lines(t->capacity);
	w->first = (uint32_t)(key.hash % w->lines);
	count = w->lines - w->first;
	count = count < INDEX_WINDOW_LINES ? count : INDEX_WINDOW_LINES;
	if (table_raw_read(t, window_at(t, w, 0), w->data, (size_t)count * LINE_LEN))
		return -1;
	if (count == INDEX_WINDOW_LINES)
		return 0;
	return table_raw_read(t, header_line_at(1 + t->capacity),
			      w->data + (size_t)count * LINE_LEN,
			      (size_t)(INDEX_WINDOW_LINES - count) * LINE_LEN);
}

/** number_read() - the lease that an entry names; 0: not a lease of the file */
static uint32_t number_read(const struct table *t, const char *text)
{
	char digits[NUMBER_LEN + 1];
	uint32_t number;

	memcpy(digits, text + NUMBER_AT, NUMBER_LEN);
	digits[NUMBER_LEN] = '\0';
	if (strlen(digits) != NUMBER_LEN || /* "5", and garbage after a NUL */
	    parse_u32(digits, 1, t->capacity, &number))
		return 0;
	return number;
}

/** entry_read() - read an entry of the file */
static struct index_entry entry_read(const struct table *t, const char *text)
{
	char hash[KIND_AT];
	struct index_entry e = {0};

	if (text[0] == ' ') /* the common case, cheaply */
		return e;
	memcpy(hash, text, sizeof(hash) - 1);
	hash[sizeof(hash) - 1] = '\0';
	e.key.kind = (enum index_kind)text[KIND_AT];
	if (!parse_hex64(hash, &e.key.hash))
		e.number = number_read(t, text);
	return e;
}

/** window_text() - entry @i of a window */
static const char *window_text(const struct window *w, unsigned i)
{
	return w->data + (size_t)(i / INDEX_LINE_ENTRIES) * LINE_LEN +
	       (size_t)(i % INDEX_LINE_ENTRIES) * ENTRY_LEN;
}

/** entry_make() - write an entry as text, or blanks for number 0 */
static void entry_make(struct index_key key, uint32_t number, char text[ENTRY_LEN + 1])
{
	if (number)
		snprintf(text, ENTRY_LEN + 1, "%016" PRIx64 " %c%08u  ", key.hash,
			 key.kind, number % (LEASE_NUMBER_MAX + 1U));
	else
		memset(text, ' ', ENTRY_LEN);
}

/** index_line_make() - the line that holds just these entries */
void index_line_make(const struct index_entry entries[INDEX_LINE_ENTRIES], char *line)
{
	char text[ENTRY_LEN + 1];
	unsigned i;

	memset(line, ' ', LINE_LEN);
	line[LINE_LEN - 1] = '\n';
	for (i = 0; i < INDEX_LINE_ENTRIES; i++) {
		entry_make(entries[i].key, entries[i].number, text);
		memcpy(line + (size_t)i * ENTRY_LEN, text, ENTRY_LEN);
	}
}

/**
 * index_line_read() - the entries of an index line
 * @t:		Table
 * @line:	Line of LINE_LEN bytes
 * @out:	Result: number 0 for blank and invalid entries
 *
 * Return: true if this program can have written the line
 */
bool index_line_read(const struct table *t, const char *line,
		     struct index_entry out[INDEX_LINE_ENTRIES])
{
	char again[LINE_LEN];
	unsigned i;

	for (i = 0; i < INDEX_LINE_ENTRIES; i++)
		out[i] = entry_read(t, line + (size_t)i * ENTRY_LEN);
	index_line_make(out, again);
	return !memcmp(line, again, LINE_LEN);
}

/** entry_write() - write an entry, or blanks for number 0: only its own bytes */
static int entry_write(struct table *t, off_t at, struct index_key key, uint32_t number)
{
	char text[ENTRY_LEN + 1];

	entry_make(key, number, text);
	return table_raw_write(t, at, text, ENTRY_LEN);
}

/**
 * index_find() - leases that the index has for a key
 * @t:		Table, locked
 * @key:	Key
 * @numbers:	Result: lease numbers of the file; the caller must verify each
 *
 * Return: how many; -1 with errno, logged
 */
int index_find(const struct table *t, struct index_key key,
	       uint32_t numbers[INDEX_WINDOW_ENTRIES])
{
	char wanted[ENTRY_LEN + 1];
	struct window w;
	unsigned i;
	int n = 0;

	if (window_read(t, key, &w))
		return -1;
	entry_make(key, 1, wanted); /* entries with other keys are not parsed */
	for (i = 0; i < INDEX_WINDOW_ENTRIES; i++) {
		uint32_t number;

		if (memcmp(window_text(&w, i), wanted, KEY_LEN) != 0)
			continue;
		number = number_read(t, window_text(&w, i));
		if (number)
			numbers[n++] = number;
	}
	return n;
}

/** index_has() - 1 when an entry leads from a key to a lease, 0, or -1 with errno, logged */
int index_has(const struct table *t, struct index_key key, uint32_t number)
{
	uint32_t numbers[INDEX_WINDOW_ENTRIES];
	int i, n = index_find(t, key, numbers);

	for (i = 0; i < n; i++) {
		if (numbers[i] == number)
			return 1;
	}
	return n < 0 ? -1 : 0;
}

/** has_key() - one of a lease's keys is @key */
static bool has_key(const struct table *t, const struct lease *lease,
		    struct index_key key)
{
	struct index_key keys[INDEX_KEYS_MAX];
	size_t count = index_keys(t, lease, keys);

	return index_key_among(key, keys, count);
}

/**
 * index_is_stale() - the lease that an entry names does not have its key
 * @t:		Table
 * @e:		Entry
 * @coming:	Lease whose entries are written before its line; NULL: none
 *
 * An entry of a damaged line is kept: the line cannot be compared with it.
 */
bool index_is_stale(struct table *t, const struct index_entry *e,
		    const struct lease *coming)
{
	struct lease lease;

	if (!e->number)
		return true;
	if (coming && e->number == coming->number && has_key(t, coming, e->key))
		return false;
	return table_read(t, e->number, &lease) == 0 && !has_key(t, &lease, e->key);
}

/** add_key() - make one entry unless it exists, in a blank place or that of a stale one */
static int add_key(struct table *t, struct index_key key, const struct lease *lease)
{
	char wanted[ENTRY_LEN + 1];
	struct window w;
	unsigned i, blank = INDEX_WINDOW_ENTRIES;

	if (window_read(t, key, &w))
		return -1;
	entry_make(key, lease->number, wanted);
	for (i = INDEX_WINDOW_ENTRIES; i-- > 0;) {
		if (!memcmp(window_text(&w, i), wanted, TEXT_LEN))
			return 0;
		if (*window_text(&w, i) == ' ')
			blank = i;
	}
	for (i = 0; blank == INDEX_WINDOW_ENTRIES && i < INDEX_WINDOW_ENTRIES; i++) {
		struct index_entry e = entry_read(t, window_text(&w, i));

		if (index_is_stale(t, &e, lease))
			blank = i;
	}
	if (blank < INDEX_WINDOW_ENTRIES)
		return entry_write(t, window_at(t, &w, blank), key, lease->number);
	errno = EXFULL;
	log_msg(LOG_WARNING,
		"%s: no place in the index near line %u; the pool counts as full",
		t->path, 2 + t->capacity + w.first);
	return -1;
}

/**
 * index_add() - write all entries of a lease, before its line is written
 * @t:		Table, locked
 * @lease:	Lease as it will be written
 *
 * Return: 0; -1 with EXFULL when a window is full, else errno; logged
 */
int index_add(struct table *t, const struct lease *lease)
{
	struct index_key keys[INDEX_KEYS_MAX];
	size_t i, n = index_keys(t, lease, keys);

	for (i = 0; i < n; i++) {
		if (add_key(t, keys[i], lease))
			return -1;
	}
	return 0;
}

/** remove_key() - blank the entries of a key that name @number */
static int remove_key(struct table *t, struct index_key key, uint32_t number)
{
	char wanted[ENTRY_LEN + 1];
	struct window w;
	unsigned i;

	if (window_read(t, key, &w))
		return -1;
	entry_make(key, number, wanted);
	for (i = 0; i < INDEX_WINDOW_ENTRIES; i++) {
		if (!memcmp(window_text(&w, i), wanted, TEXT_LEN) &&
		    entry_write(t, window_at(t, &w, i), key, 0))
			return -1;
	}
	return 0;
}

/**
 * index_remove() - blank the entries that a lease no longer needs
 * @t:		Table, locked
 * @gone:	The lease before the change
 * @now:	The same lease as its line is now
 *
 * Return: 0; -1 with errno, logged: stale entries remain
 */
int index_remove(struct table *t, const struct lease *gone, const struct lease *now)
{
	struct index_key old[INDEX_KEYS_MAX], keep[INDEX_KEYS_MAX];
	size_t i, n = index_keys(t, gone, old), kept = index_keys(t, now, keep);

	for (i = 0; i < n; i++) {
		if (!index_key_among(old[i], keep, kept) &&
		    remove_key(t, old[i], gone->number))
			return -1;
	}
	return 0;
}
