/* SPDX-License-Identifier: MIT */
/* table.h - one allocation file: header, lease lines, index, locks */
#ifndef ALLOC_TABLE_H
#define ALLOC_TABLE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "alloc/lease.h"
#include "alloc/pool.h"

/**
 * enum table_use - purpose of opening a file
 * @TABLE_SERVE:	to claim leases and change them; a damaged file is refused
 * @TABLE_READ:	read only; a damaged file is accepted
 * @TABLE_MEND:	to change it; a damaged file is accepted
 * @TABLE_OLD:	to convert a file of format 1; other files are refused
 */
enum table_use { TABLE_SERVE, TABLE_READ, TABLE_MEND, TABLE_OLD };

/* Format of what is logged about a missing file; its path */
#define TABLE_NO_FILE                                                                    \
	"%s: no such allocation file: 'tspctl check' says what to restore it from; on "  \
	"a new server, 'tspctl init' makes it"

/** struct table - an open allocation file */
struct table {
	int fd;    /* -1: closed */
	int locks; /* descriptor of the file with the locks; -1: a reader has none */
	char path[PATH_MAX];
	enum pool_kind kind;
	enum table_use use;
	const char *damage; /* of header or size: no index; never with TABLE_SERVE */
	uint32_t promised;  /* with damage: leases in the header, 0: lost */
	uint32_t capacity;  /* leases, numbered 1 to capacity */
	uint32_t line_len;  /* bytes of a line */
	uint64_t key[2];    /* key of the hash of owners and endpoints */
	uint64_t identity;  /* of the file; 0: lost with a damaged header ... */
	uint64_t recorded;  /* ... and known from elsewhere; 0: not known */
	struct pool_ranges ranges;
	bool locked;     /* this process holds the lock; a reader pretends */
	unsigned nested; /* calls of table_lock() beyond the first that await theirs */
	bool dirty;      /* written since the last table_sync() */
	unsigned held;   /* lease lines held by this process */
};

/** table_visitor - called for each line; @lease is NULL and @why set for a damaged one */
typedef int table_visitor(uint32_t number, const struct lease *lease, const char *why,
			  void *context);

int table_create(const char *path, enum pool_kind kind, uint32_t capacity,
		 const struct pool_ranges *ranges);
int table_make(const struct config *config, enum pool_kind kind);
int table_open(struct table *t, const char *path, enum pool_kind kind);
int table_open_for(struct table *t, const char *path, enum pool_kind kind,
		   enum table_use use);
int table_open_quietly(struct table *t, const char *path, enum pool_kind kind);
void table_close(struct table *t);

int table_locks_open(struct table *t);
int table_lock(struct table *t);
void table_unlock(struct table *t);
bool table_is_current(const struct table *t);
int table_sync(struct table *t);

int table_hold(struct table *t, uint32_t number);
int table_hold_run(struct table *t, uint32_t first, uint32_t count);
int table_is_held(const struct table *t, uint32_t number);
int table_any_held(const struct table *t);
void table_release(struct table *t, uint32_t number);
void table_release_run(struct table *t, uint32_t first, uint32_t count);

int table_read(struct table *t, uint32_t number, struct lease *out);
int table_read_run(struct table *t, uint32_t first, uint32_t count, char *lines);
int table_look(struct table *t, uint32_t number, struct lease *out);
int table_decode(const struct table *t, const char line[LEASE_LINE_LEN], uint32_t number,
		 struct lease *out);
int table_write(struct table *t, const struct lease *lease);
int table_restore(struct table *t, const struct lease *lease);
int table_each(struct table *t, table_visitor *visit, void *context);

int table_raw_read(const struct table *t, off_t at, void *data, size_t len);
int table_raw_write(struct table *t, off_t at, const void *data, size_t len);

#endif
