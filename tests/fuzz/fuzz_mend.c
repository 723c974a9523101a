/* SPDX-License-Identifier: MIT */
/*
 * fuzz_mend.c - an allocation file with anything in it, checked and mended
 *
 * Input: what stands behind the header of a users file of eight leases, as far as it goes.
 * Whatever that is: every damaged line can be mended, and then a second check finds no
 * damaged line, no lease without index entries and no index line with nonsense.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "alloc/check.h"
#include "alloc/header.h"
#include "alloc/mend.h"
#include "tests/fuzz/fuzz.h"

#define CAPACITY 8

static struct config config;
static struct store store;
static uint32_t lines[CAPACITY + 1], entries[CAPACITY + 1];
static size_t line_count, entry_count, broken, moved;

static time_t clock_of_test(void)
{
	return 1795445130; /* 2026-11-23T14:45:30Z */
}

static int on_finding(const struct check_finding *f, void *context)
{
	(void)context;
	if (f->kind == CHECK_LINE)
		lines[line_count++] = f->number;
	if (f->kind == CHECK_NO_ENTRY)
		entries[entry_count++] = f->number;
	broken += f->kind == CHECK_INDEX_LINE;
	moved += f->kind == CHECK_MOVED;
	return 0;
}

static void check(void)
{
	line_count = entry_count = broken = moved = 0;
	CHECK(!check_store(&store, on_finding, NULL));
}

static void mend(struct table *t)
{
	struct lease lease;
	size_t i;

	for (i = 0; i < line_count; i++) {
		enum rescue kept = mend_look(&store, POOL_USERS, lines[i], &lease);

		CHECK(kept == RESCUE_WHOLE || kept == RESCUE_OWNER ||
		      kept == RESCUE_NOTHING);
		CHECK(!mend_lease(&store, POOL_USERS, &lease));
	}
	for (i = 0; i < entry_count; i++)
		CHECK(!mend_entry(t, entries[i]));
	CHECK(!mend_index(t));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room = (size_t)header_file_size(CAPACITY) - LEASE_LINE_LEN;
	const char *path = fuzz_file("users.leases", "", 0);
	struct table *t = &store.tables[POOL_USERS];

	CHECK(!unlink(path) && !table_create(path, POOL_USERS, CAPACITY, NULL));
	store = (struct store){.config = &config, .now = clock_of_test};
	store.tables[POOL_ANONYMOUS].fd = -1;
	CHECK(!table_open_for(t, path, POOL_USERS, TABLE_MEND));
	CHECK(!table_raw_write(t, header_line_at(1), data, size < room ? size : room));

	check();
	/* A file whose lines moved is built anew, not mended line by line (test_realign.c) */
	if (moved) {
		table_close(t);
		return 0;
	}
	mend(t);
	check();
	CHECK(!line_count && !entry_count && !broken);
	table_close(t);
	return 0;
}
