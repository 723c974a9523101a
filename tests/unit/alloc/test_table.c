/* SPDX-License-Identifier: MIT */
/* test_table.c - allocation files: locks, damaged lines, index */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "alloc/index.h"
#include "tests/unit/alloc/store_fixture.h"
#include "lib/endpoint.h"

static void the_lock_shuts_others_out(void **state)
{
	struct table a, b;
	int fds[2];
	char byte = 0;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&a), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(table_lock(&a), 0);
	if (!fork()) {
		if (open_users(&b) || table_lock(&b) || write(fds[1], "x", 1) != 1)
			_exit(1);
		_exit(0);
	}
	usleep(50000);
	assert_int_equal(read(fds[0], &byte, 1), -1);
	table_unlock(&a);
	wait_all(1);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	close(fds[1]);
	table_close(&a);
}

/** swap_file() - another file of @capacity takes the name, as tspctl resize does it */
static void swap_file(uint32_t capacity)
{
	char path[PATH_MAX], other[PATH_MAX];

	path_of("users.leases", path);
	path_of("other", other);
	assert_int_equal(table_create(other, POOL_USERS, capacity), 0);
	assert_int_equal(rename(other, path), 0);
}

static void a_swapped_file_is_followed(void **state)
{
	char path[PATH_MAX];
	struct table t;

	(void)state;
	path_of("users.leases", path);
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&t), 0);
	swap_file(7);
	assert_int_equal(table_lock(&t), 0);
	assert_int_equal(t.capacity, 7);
	table_unlock(&t);

	/* not under a lease that is held: its lock is on the old file */
	assert_int_equal(table_hold(&t, 3), 0);
	swap_file(9);
	log_begin();
	assert_int_equal(table_lock(&t), -1);
	assert_int_equal(errno, ESTALE);
	assert_non_null(strstr(log_end(), "replaced under a session"));
	assert_false(t.locked);
	table_release(&t, 3);
	assert_int_equal(table_lock(&t), 0);
	assert_int_equal(t.capacity, 9);
	table_unlock(&t);

	assert_int_equal(unlink(path), 0);
	log_begin();
	assert_int_equal(table_lock(&t), -1);
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(log_end(), "was taken away"));
	table_close(&t);
}

static void a_held_line_is_seen_until_its_holder_is_gone(void **state)
{
	struct table a, b;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&a), 0);
	assert_int_equal(open_users(&b), 0);
	assert_int_equal(table_hold(&a, 2), 0);
	assert_int_equal(table_is_held(&a, 2), 0); /* by others */
	assert_int_equal(table_is_held(&b, 2), 1);
	assert_int_equal(table_is_held(&b, 1), 0);
	assert_int_equal(table_is_held(&b, 3), 0);
	assert_int_equal(table_hold(&b, 2), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(table_hold(&b, 3), 0);
	table_release(&a, 2);
	assert_int_equal(table_hold(&b, 2), 0);
	table_close(&b);
	assert_int_equal(table_is_held(&a, 2), 0);
	assert_int_equal(table_is_held(&a, 3), 0);
	table_close(&a);
}

static int count_damaged(uint32_t number, const struct lease *lease, const char *why,
			 void *context)
{
	if (lease)
		return 0;
	assert_string_equal(why, "checksum does not match");
	++*(int *)context;
	return number == 4 ? 99 : 0;
}

static void a_tour_meets_damaged_lines(void **state)
{
	struct table t;
	int damaged = 0;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&t), 0);
	file_put("users.leases", 2 * 256 + 30, "x", 1);
	assert_int_equal(table_each(&t, count_damaged, &damaged), 0);
	assert_int_equal(damaged, 1);
	file_put("users.leases", 4 * 256 + 30, "x", 1);
	file_put("users.leases", 5 * 256 + 30, "x", 1);
	assert_int_equal(table_each(&t, count_damaged, &damaged),
			 99); /* ended by line 4 */
	assert_int_equal(damaged, 3);
	table_close(&t);
}

/* a line that is just being written must not be taken for a damaged one */
static void a_tour_looks_twice(void **state)
{
	int damaged = 0, fds[2];
	struct table t;
	char byte;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	if (!fork()) {
		if (open_users(&t) || table_lock(&t))
			_exit(1);
		file_put("users.leases", 3 * 256, "x", 1);
		if (write(fds[1], "x", 1) != 1)
			_exit(1);
		usleep(50000);
		file_put("users.leases", 3 * 256, "0", 1);
		_exit(0);
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(open_users(&t), 0);
	assert_int_equal(table_each(&t, count_damaged, &damaged), 0);
	assert_int_equal(damaged, 0);
	wait_all(1);
	table_close(&t);
	close(fds[0]);
	close(fds[1]);
}

static struct lease lease_of(uint32_t number, const char *owner, const char *endpoint)
{
	struct lease l = {.number = number, .state = LEASE_ACTIVE};

	strcpy(l.owner, owner);
	l.tunnel = (struct lease_tunnel){TUNNEL_V6V4, at(endpoint), 0, T0, T0 + 60};
	if (l.tunnel.endpoint.port)
		l.tunnel.mode = TUNNEL_V6UDPV4;
	return l;
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
	assert_int_equal(
		index_find(&t, index_address_key(&t, at("192.0.2.1").addr), numbers), 1);
	assert_int_equal(index_find(&t, index_owner_key(&t, "bob"), numbers), 0);

	assert_int_equal(index_remove(&t, &a, &moved), 0);
	assert_int_equal(index_find(&t, index_owner_key(&t, "alice"), numbers), 1);
	assert_int_equal(
		index_find(&t, index_address_key(&t, at("192.0.2.1").addr), numbers), 0);
	table_close(&t);
}

/** found() - how many entries lead from alice, lease 3, and from her address */
static int found(struct table *t)
{
	uint32_t numbers[INDEX_WINDOW_ENTRIES];

	return index_find(t, index_owner_key(t, "alice"), numbers) +
	       index_find(t, index_address_key(t, at("192.0.2.1").addr), numbers);
}

/** in_each_entry() - a text over part of every index entry of a file of 5 leases */
static void in_each_entry(off_t from, const char *text, size_t len)
{
	off_t i;

	for (i = 0; i < INDEX_WINDOW_ENTRIES; i++)
		file_put("users.leases", (6 + i / 9) * 256 + i % 9 * 28 + from, text,
			 len);
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
	char entry[32], rubbish[256];
	struct table t;
	unsigned i;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&t), 0);
	memset(rubbish, '#', sizeof(rubbish));
	for (i = 0; i < INDEX_WINDOW_ENTRIES; i++) {
		off_t where = (6 + i / 9) * 256 + i % 9 * 28;

		snprintf(entry, sizeof(entry), "%016x o%08u  ", i, 1 + i % 7);
		file_put("users.leases", where, i % 3 ? entry : rubbish, 28);
	}
	assert_int_equal(index_find(&t, index_owner_key(&t, "alice"), numbers), 0);
	assert_int_equal(index_add(&t, &a), 0); /* its line is still free, too */
	assert_int_equal(index_find(&t, index_owner_key(&t, "alice"), numbers), 1);
	assert_int_equal(
		index_find(&t, index_address_key(&t, a.tunnel.endpoint.addr), numbers),
		1);
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
	for (stale = 1; stale <= 2; stale++) {
		for (i = 0; i < INDEX_WINDOW_ENTRIES; i++) {
			snprintf(entry, sizeof(entry), "%016lx o%08u  ",
				 (unsigned long)index_owner_key(&t, "bob").hash,
				 i < stale ? 2u : 1u);
			file_put("users.leases", (6 + i / 9) * 256 + i % 9 * 28, entry,
				 28);
		}
		assert_int_equal(index_add(&t, &alice), stale - 2); /* it wants two */
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
	assert_int_equal(errno, ENOSPC);
	assert_true(i > INDEX_WINDOW_ENTRIES / 2);
	assert_int_equal(
		index_find(&t, index_address_key(&t, l.tunnel.endpoint.addr), numbers),
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
			lines[i].state = i == active ? LEASE_ACTIVE : LEASE_EXPIRED;
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
		WITH_FILES(the_lock_shuts_others_out),
		WITH_FILES(a_swapped_file_is_followed),
		WITH_FILES(a_held_line_is_seen_until_its_holder_is_gone),
		WITH_FILES(a_tour_meets_damaged_lines),
		WITH_FILES(a_tour_looks_twice),
		WITH_FILES(of_two_lines_the_one_in_force_counts),
		WITH_FILES(index_entries_come_and_go),
		WITH_FILES(rubbish_in_an_entry_keeps_nothing),
		WITH_FILES(stale_entries_make_room),
		WITH_FILES(an_entry_made_just_now_is_not_stale),
		WITH_FILES(a_window_of_living_entries_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
