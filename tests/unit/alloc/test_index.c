/* SPDX-License-Identifier: MIT */
/* test_index.c - the index: entries come, go, and give way */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "alloc/header.h"
#include "alloc/index.h"
#include "tests/unit/alloc/store_fixture.h"
#include "lib/endpoint.h"

static struct lease lease_of(uint32_t number, const char *owner, const char *endpoint)
{
	struct lease l = {.number = number, .state = LEASE_PRESENT};

	strcpy(l.owner, owner);
	l.tunnel = (struct lease_tunnel){.mode = TUNNEL_V6V4,
					 .endpoint = at(endpoint),
					 .granted = T0,
					 .expires = T0 + 60};
	if (l.tunnel.endpoint.port)
		l.tunnel.mode = TUNNEL_V6UDPV4;
	return l;
}

static struct index_key endpoint_key(const struct table *t, const char *endpoint)
{
	struct endpoint e = at(endpoint);

	return index_endpoint_key(t, &e);
}

static void index_entries_come_and_go(void **state)
{
	struct lease a = lease_of(3, "alice", "192.0.2.1"),
		     moved = lease_of(3, "alice", "192.0.2.2");
	uint32_t numbers[INDEX_WINDOW_ENTRIES];
	struct table t;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&t), 0);
	assert_int_equal(index_find(&t, index_owner_key(&t, "alice"), numbers), 0);
	assert_int_equal(index_add(&t, &a), 0);
	assert_int_equal(table_write(&t, &a), 0);
	assert_int_equal(index_add(&t, &a), 0); /* once more is not one more */
	assert_int_equal(index_find(&t, index_owner_key(&t, "alice"), numbers), 1);
	assert_int_equal(numbers[0], 3);
	assert_int_equal(index_find(&t, endpoint_key(&t, "192.0.2.1"), numbers), 1);
	assert_int_equal(index_find(&t, index_owner_key(&t, "bob"), numbers), 0);

	assert_int_equal(index_remove(&t, &a, &moved), 0);
	assert_int_equal(index_find(&t, index_owner_key(&t, "alice"), numbers), 1);
	assert_int_equal(index_find(&t, endpoint_key(&t, "192.0.2.1"), numbers), 0);
	table_close(&t);
}

/** found() - how many entries lead from alice, lease 3, and from her address */
static int found(struct table *t)
{
	uint32_t numbers[INDEX_WINDOW_ENTRIES];

	return index_find(t, index_owner_key(t, "alice"), numbers) +
	       index_find(t, endpoint_key(t, "192.0.2.1"), numbers);
}

/** entry_at() - where index entry @i of a file of 5 leases stands */
static off_t entry_at(unsigned i)
{
	return header_line_at(6 + i / INDEX_LINE_ENTRIES) + i % INDEX_LINE_ENTRIES * 28;
}

/** in_each_entry() - a text over part of every index entry of a file of 5 leases */
static void in_each_entry(off_t from, const char *text, size_t len)
{
	unsigned i;

	for (i = 0; i < INDEX_WINDOW_ENTRIES; i++)
		file_put("users.leases", entry_at(i) + from, text, len);
}

/* what stands behind an entry means nothing; a number has all its digits: what is found is
 * removed as well */
static void rubbish_in_an_entry_keeps_nothing(void **state)
{
	struct lease a = lease_of(3, "alice", "192.0.2.1"), nobody = {.number = 3};
	struct table t;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&t), 0);
	assert_int_equal(index_add(&t, &a), 0);
	in_each_entry(26, "#Y", 2);
	assert_int_equal(found(&t), 2);
	assert_int_equal(index_add(&t, &a), 0); /* once more is not one more */
	assert_int_equal(found(&t), 2);
	assert_int_equal(index_remove(&t, &a, &nobody), 0);
	assert_int_equal(found(&t), 0);

	assert_int_equal(index_add(&t, &a), 0);
	in_each_entry(18, "00003\0\0\0", 8);
	assert_int_equal(found(&t), 0);
	assert_int_equal(index_add(&t, &a), 0);
	assert_int_equal(found(&t), 2);
	table_close(&t);
}

/* all keys of a file of 5 leases share one window; entries of other files' numbers, of
 * leases that disagree and plain rubbish must neither be found nor be in the way */
static void stale_entries_make_room(void **state)
{
	struct lease a = lease_of(3, "alice", "192.0.2.1");
	uint32_t numbers[INDEX_WINDOW_ENTRIES];
	char entry[32], rubbish[28];
	struct table t;
	unsigned i;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&t), 0);
	memset(rubbish, '#', sizeof(rubbish));
	for (i = 0; i < INDEX_WINDOW_ENTRIES; i++) {
		off_t where = entry_at(i);

		snprintf(entry, sizeof(entry), "%016x o%08u  ", i, 1 + i % 7);
		file_put("users.leases", where, i % 3 ? entry : rubbish, 28);
	}
	assert_int_equal(index_find(&t, index_owner_key(&t, "alice"), numbers), 0);
	assert_int_equal(index_add(&t, &a), 0); /* its line is still free, too */
	assert_int_equal(index_find(&t, index_owner_key(&t, "alice"), numbers), 1);
	assert_int_equal(
		index_find(&t, index_endpoint_key(&t, &a.tunnel.endpoint), numbers), 1);
	table_close(&t);
}

/* the first entry of a lease that is being written is not yet backed by its line */
static void an_entry_made_just_now_is_not_stale(void **state)
{
	struct lease alice = lease_of(3, "alice", "192.0.2.1"),
		     bob = lease_of(1, "bob", "192.0.2.2");
	uint32_t numbers[INDEX_WINDOW_ENTRIES];
	char entry[32];
	struct table t;
	int i, stale;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&t), 0);
	assert_int_equal(table_write(&t, &bob), 0);
	for (stale = 2; stale <= 3; stale++) {
		for (i = 0; i < INDEX_WINDOW_ENTRIES; i++) {
			snprintf(entry, sizeof(entry), "%016lx o%08u  ",
				 (unsigned long)index_owner_key(&t, "bob").hash,
				 i < stale ? 2u : 1u);
			file_put("users.leases", entry_at(i), entry, 28);
		}
		assert_int_equal(index_add(&t, &alice), stale - 3); /* it wants three */
		assert_int_equal(index_find(&t, index_owner_key(&t, "alice"), numbers),
				 1);
	}
	table_close(&t);
}

static void a_window_of_living_entries_is_full(void **state)
{
	struct lease l;
	char owner[16], endpoint[ENDPOINT_LEN];
	uint32_t numbers[INDEX_WINDOW_ENTRIES];
	struct table t;
	uint32_t i;

	(void)state;
	assert_int_equal(create_users(1000), 0);
	assert_int_equal(open_users(&t), 0);
	for (i = 1; i <= INDEX_WINDOW_ENTRIES + 1; i++) {
		snprintf(owner, sizeof(owner), "user%u", i);
		snprintf(endpoint, sizeof(endpoint), "192.0.2.1:%u", i);
		l = lease_of(i, owner, endpoint);
		if (index_add(&t, &l))
			break;
		assert_int_equal(table_write(&t, &l), 0);
	}
	assert_int_equal(errno, EXFULL);
	assert_true(i > INDEX_WINDOW_ENTRIES / 2);
	assert_int_equal(
		index_find(&t, index_slot_key(&t, l.tunnel.endpoint.addr, 0), numbers),
		i - 1);

	/* once a lease is over, its endpoint's entry gives way */
	l = lease_of(1, "user1", "192.0.2.1:1");
	l.state = LEASE_EXPIRED;
	assert_int_equal(table_write(&t, &l), 0);
	snprintf(endpoint, sizeof(endpoint), "192.0.2.1:%u", i);
	l = lease_of(i, owner, endpoint);
	assert_int_equal(index_add(&t, &l), 0);
	table_close(&t);
}

/* an owner can have a second, older line: see find_owner() */
static void of_two_lines_the_one_in_force_counts(void **state)
{
	struct lease lines[2], found;
	struct table t;
	int i, active;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&t), 0);
	for (active = 0; active < 2; active++) {
		for (i = 0; i < 2; i++) {
			lines[i] = lease_of((uint32_t)(1 + i), "alice", "192.0.2.1");
			lines[i].state = i == active ? LEASE_PRESENT : LEASE_EXPIRED;
			lines[i].tunnel.expires += i == active ? 0 : 3600;
			assert_int_equal(index_add(&t, &lines[i]), 0);
			assert_int_equal(table_write(&t, &lines[i]), 0);
		}
		assert_int_equal(find_owner(&t, "alice", &found), 1);
		assert_int_equal(found.number, 1 + active);

		/* both over: the later one */
		lines[active].state = LEASE_EXPIRED;
		assert_int_equal(table_write(&t, &lines[active]), 0);
		assert_int_equal(find_owner(&t, "alice", &found), 1);
		assert_int_equal(found.number, 2 - active);
	}
	table_close(&t);
}

#define WITH_FILES(test)                                                                 \
	cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(of_two_lines_the_one_in_force_counts),
		WITH_FILES(index_entries_come_and_go),
		WITH_FILES(rubbish_in_an_entry_keeps_nothing),
		WITH_FILES(stale_entries_make_room),
		WITH_FILES(an_entry_made_just_now_is_not_stale),
		WITH_FILES(a_window_of_living_entries_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
