/* SPDX-License-Identifier: MIT */
/*
 * test_realign.c - after any edit of a file only the leases whose own bytes were hit are lost
 *
 * $TSP_EDITS says how many edits are tried, $TSP_SEED which ones.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "alloc/header.h"
#include "alloc/realign.h"
#include "tests/unit/alloc/store_fixture.h"

#define CAPACITY  24
#define BLOCK     4096 /* bytes of the largest edit */
#define BODY_LEN  (LINE_LEN - 1)
#define EDITS     1500
#define FILE_ROOM (header_file_size(CAPACITY) * 2 + 2 * BLOCK)

/** struct edit - what was done to a file: its first @keep bytes stay, then ... */
struct edit {
	const char *name;
	size_t at; /* ... here @removed bytes were taken away ... */
	size_t removed;
	size_t added; /* ... number of bytes put in their place */
};

static char *whole;
static size_t whole_len;

/** make_file() - a users file with some leases, in memory and on the disk */
static void make_file(void)
{
	struct store store;
	char user[16], ipv4[20];
	int i;

	config.users_pool.capacity = CAPACITY;
	open_store(&store);
	for (i = 1; i <= CAPACITY / 2; i++) {
		snprintf(user, sizeof(user), "user%d", i);
		snprintf(ipv4, sizeof(ipv4), "192.0.2.%d", i);
		give(&store, user, ipv4);
	}
	store_close(&store);
	free(whole);
	whole = file_bytes("users.leases", &whole_len);
}

/** put_file() - the file has these bytes now */
static void put_file(const char *data, size_t len)
{
	char path[PATH_MAX];

	path_of("users.leases", path);
	assert_int_equal(truncate(path, (off_t)len), 0);
	file_put("users.leases", 0, data, len);
}

/** find() - realign_find() of the current file */
static void find(struct realign *out)
{
	struct table t = {.kind = POOL_USERS};
	char path[PATH_MAX];

	path_of("users.leases", path);
	t.fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(t.fd >= 0);
	assert_int_equal(realign_find(&t, out), 0);
	close(t.fd);
}

static size_t pick(size_t below)
{
	return below ? (size_t)random() % below : 0;
}

/** choose() - an edit of one of all kinds */
static struct edit choose(void)
{
	size_t len = 1 + pick(pick(2) ? 8 : BLOCK), at = pick(whole_len);

	len = len < whole_len - at ? len : whole_len - at;
	switch (pick(6)) {
	case 0:
		return (struct edit){"insert", at, 0, len};
	case 1:
		return (struct edit){"delete", at, len, 0};
	case 2:
		return (struct edit){"replace", at, len, len};
	case 3:
		return (struct edit){"cut", at, whole_len - at, 0};
	case 4:
		return (struct edit){"append", whole_len, 0, len};
	default:
		return (struct edit){"exchange", at, len, 1 + pick(BLOCK)};
	}
}

/** fill() - bytes that come in: noise, blanks, newlines, or a piece of the file itself */
static void fill(char *out, size_t len)
{
	size_t i, from = pick(whole_len);

	switch (pick(4)) {
	case 0:
		for (i = 0; i < len; i++)
			out[i] = (char)random();
		break;
	case 1:
		memset(out, ' ', len);
		break;
	case 2:
		memset(out, '\n', len);
		break;
	default:
		for (i = 0; i < len; i++)
			out[i] = whole[(from + i) % whole_len];
		break;
	}
}

/** is_hit() - the edit has touched the line of a lease, its newline aside */
static bool is_hit(const struct edit *e, uint32_t number)
{
	size_t from = (size_t)header_line_at(number), to = from + BODY_LEN;

	if (e->removed)
		return e->at < to && e->at + e->removed > from;
	return e->at > from && e->at < to;
}

/** same_line() - at @at of the edited file is the line that the lease had */
static bool same_line(const char *data, off_t at, uint32_t number)
{
	return !memcmp(data + at, whole + header_line_at(number), BODY_LEN);
}

static void try_edit(char *data)
{
	struct edit e = choose();
	size_t len = whole_len - e.removed + e.added;
	struct realign r;
	uint32_t i;

	memcpy(data, whole, e.at);
	fill(data + e.at, e.added);
	memcpy(data + e.at + e.added, whole + e.at + e.removed,
	       whole_len - e.at - e.removed);
	put_file(data, len);
	find(&r);
	for (i = 1; i <= CAPACITY; i++) {
		if (realign_at(&r, i) >= 0 && same_line(data, realign_at(&r, i), i))
			continue;
		if (!is_hit(&e, i))
			fail_msg("%s of %zu by %zu bytes at %zu: lease %u is lost",
				 e.name, e.removed, e.added, e.at, i);
		assert_true(realign_at(&r, i) < 0); /* never another's bytes */
	}
	realign_free(&r);
}

static void only_lines_that_were_hit_are_lost(void **state)
{
	const char *edits = getenv("TSP_EDITS"), *seed = getenv("TSP_SEED");
	long i, n = edits ? atol(edits) : EDITS;
	char *data = malloc((size_t)FILE_ROOM);

	(void)state;
	assert_non_null(data);
	srandom(seed ? (unsigned)atol(seed) : 1);
	make_file();
	for (i = 0; i < n; i++)
		try_edit(data);
	free(data);
}

static void a_sound_file_is_in_its_place(void **state)
{
	struct realign r;
	uint32_t i;

	(void)state;
	make_file();
	find(&r);
	assert_int_equal(r.capacity, CAPACITY);
	assert_int_equal(r.moved + r.lost, 0);
	assert_true(r.has_header);
	assert_int_equal(r.header.capacity, CAPACITY);
	for (i = 1; i <= CAPACITY; i++) {
		assert_int_equal(realign_at(&r, i), header_line_at(i));
		assert_int_equal(realign_source(&r, i), header_line_at(i));
	}
	realign_free(&r);
}

static void foreign_line_ends_lose_nothing(void **state)
{
	char *data = malloc((size_t)FILE_ROOM);
	struct realign r;
	size_t i, len = 0;

	(void)state;
	assert_non_null(data);
	make_file();
	for (i = 0; i < whole_len; i++) {
		if (whole[i] == '\n')
			data[len++] = '\r';
		data[len++] = whole[i];
	}
	put_file(data, len);
	find(&r);
	assert_int_equal(r.lost, 0);
	assert_int_equal(r.moved, CAPACITY);
	assert_true(r.has_header);
	realign_free(&r);
	free(data);
}

/** active_number() - the number of a lease that is not free */
static uint32_t active_number(void)
{
	struct lease lease;
	const char *why;
	uint32_t i;

	for (i = 1; i <= CAPACITY; i++) {
		if (!lease_decode(whole + header_line_at(i), i, &lease, &why) &&
		    lease.state != LEASE_FREE)
			return i;
	}
	fail();
	return 0;
}

static void of_two_lines_the_later_grant_counts(void **state)
{
	static char data[(CAPACITY + 1) * LINE_LEN];
	struct lease lease = {.state = LEASE_FREE};
	struct realign r;
	off_t place;

	(void)state;
	make_file();
	lease.number = active_number();
	place = header_line_at(lease.number);
	memset(data, ' ', sizeof(data));
	memcpy(data, whole + place, LINE_LEN);
	memcpy(data + place, whole + place, LINE_LEN);
	put_file(data, sizeof(data));
	find(&r);
	assert_int_equal(realign_at(&r, lease.number),
			 place); /* granted at the same time */
	realign_free(&r);

	assert_int_equal(lease_encode(&lease, data + place), 0);
	put_file(data, sizeof(data));
	find(&r);
	assert_int_equal(realign_at(&r, lease.number),
			 0); /* a free one was never granted */
	realign_free(&r);
}

static void a_damaged_line_begins_behind_the_one_before(void **state)
{
	char *data = malloc((size_t)FILE_ROOM);
	struct realign r;

	(void)state;
	assert_non_null(data);
	make_file();
	memcpy(data, "xyz", 3);
	memcpy(data + 3, whole, whole_len);
	data[3 + header_line_at(5) + 30] ^= 1;
	put_file(data, whole_len + 3);
	find(&r);
	assert_int_equal(r.lost, 1);
	assert_int_equal(r.moved, CAPACITY - 1);
	assert_true(realign_at(&r, 5) < 0);
	assert_int_equal(realign_source(&r, 5), 3 + header_line_at(5));
	realign_free(&r);
	free(data);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_sound_file_is_in_its_place),
		TEST(only_lines_that_were_hit_are_lost),
		TEST(foreign_line_ends_lose_nothing),
		TEST(of_two_lines_the_later_grant_counts),
		TEST(a_damaged_line_begins_behind_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
