/* SPDX-License-Identifier: MIT */
/* test_mend.c - allocation files under tspctl's hands: scan, count, check, mend, rebuild */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "alloc/check.h"
#include "alloc/header.h"
#include "alloc/index.h"
#include "alloc/mend.h"
#include "alloc/rebuild.h"
#include "alloc/scan.h"
#include "alloc/stats.h"
#include "tests/unit/alloc/store_fixture.h"

static struct store store;
static const struct pool_ranges no_ranges;

/** open_for() - as tspctl opens the files */
static void open_for(enum table_use use)
{
	char path[PATH_MAX];

	store = (struct store){.config = &config, .now = test_clock};
	path_of("users.leases", path);
	assert_int_equal(table_open_for(&store.tables[POOL_USERS], path, POOL_USERS, use),
			 0);
	path_of("anonymous.leases", path);
	assert_int_equal(
		table_open_for(&store.tables[POOL_ANONYMOUS], path, POOL_ANONYMOUS, use),
		0);
}

/** some_leases() - alice, bob and an anonymous client, all active */
static void some_leases(uint32_t *alice, uint32_t *bob)
{
	open_store(&store);
	*alice = give(&store, "alice", "192.0.2.1");
	*bob = give(&store, "bob", "192.0.2.2");
	give(&store, NULL, "192.0.2.3");
	store_close(&store);
}

/* what a check has found */
static struct check_finding found[16];
static size_t findings;

static int keep(const struct check_finding *f, void *context)
{
	(void)context;
	assert_true(findings < sizeof(found) / sizeof(found[0]));
	found[findings++] = *f;
	return 0;
}

static size_t check(void)
{
	findings = 0;
	assert_int_equal(check_store(&store, keep, NULL), 0);
	return findings;
}

static void damage(uint32_t number, off_t column, const char *text)
{
	file_put("users.leases", header_line_at(number) + column, text, strlen(text));
}

static void leases_are_found_without_an_index(void **state)
{
	uint32_t alice, bob, numbers[4];
	struct in_addr ipv4 = at("192.0.2.2").addr;

	(void)state;
	some_leases(&alice, &bob);
	open_for(TABLE_READ);
	assert_int_equal(scan_owner(&store.tables[POOL_USERS], "alice", numbers, 4), 1);
	assert_int_equal(numbers[0], alice);
	assert_int_equal(scan_owner(&store.tables[POOL_USERS], "alic", numbers, 4), 0);
	assert_int_equal(scan_address(&store.tables[POOL_USERS], ipv4, numbers, 4), 1);
	assert_int_equal(numbers[0], bob);
	ipv4 = at("192.0.2.20").addr; /* of which bob's is the beginning */
	assert_int_equal(scan_address(&store.tables[POOL_USERS], ipv4, numbers, 4), 0);
	store_close(&store);
}

static void stats_add_up(void **state)
{
	struct store_claim c;
	struct stats s;
	uint32_t alice, bob;

	(void)state;
	some_leases(&alice, &bob);
	open_store(&store);
	assert_int_equal(claim(&store, "carol", "192.0.2.4", &c), STORE_OK);
	assert_int_equal(store_claim_number(&store, POOL_USERS, bob, &c), STORE_OK);
	assert_int_equal(store_end(&store, &c), 0);
	damage(alice, 18, "!");

	/* the lock of a session is one of another open file */
	struct table own = {.fd = -1, .locks = -1};

	assert_int_equal(open_users(&own), 0);
	assert_int_equal(stats_read(&own, test_time, &s), 0);
	assert_int_equal(s.capacity, 100);
	assert_int_equal(s.active, 0);
	assert_int_equal(s.offered, 1);
	assert_int_equal(s.expired, 1);
	assert_int_equal(s.damaged, 1);
	assert_int_equal(s.free, 97);
	assert_int_equal(s.probes, 2);
	table_close(&own);
	store_close(&store);
}

static void sound_files_have_no_findings(void **state)
{
	uint32_t alice, bob;

	(void)state;
	some_leases(&alice, &bob);
	open_for(TABLE_READ);
	assert_int_equal(check(), 0);
	store_close(&store);
}

static void a_whole_line_is_rescued_as_it_was(void **state)
{
	uint32_t alice, bob;
	struct lease lease;

	(void)state;
	some_leases(&alice, &bob);
	damage(alice, 138, "2099-01-01T00:00:00Z");
	open_for(TABLE_MEND);
	assert_int_equal(check(), 1);
	assert_int_equal(found[0].kind, CHECK_LINE);
	assert_int_equal(found[0].number, alice);
	assert_int_equal(mend_look(&store, POOL_USERS, alice, &lease), RESCUE_WHOLE);
	assert_int_equal(lease.state, LEASE_PRESENT);
	assert_string_equal(lease.owner, "alice");
	assert_int_equal(lease.tunnel.expires, 4070908800);
	assert_int_equal(mend_lease(&store, POOL_USERS, &lease), 0);
	assert_int_equal(mend_look(&store, POOL_USERS, alice, &lease), RESCUE_SOUND);
	assert_int_equal(check(), 0);
	store_close(&store);
}

static void half_anothers_line_is_not_believed(void **state)
{
	uint32_t alice, bob;
	struct lease lease;

	(void)state;
	some_leases(&alice, &bob);
	damage(alice, 83, "192.0.2.9");
	open_for(TABLE_MEND);
	assert_int_equal(mend_look(&store, POOL_USERS, alice, &lease), RESCUE_OWNER);
	assert_int_equal(lease.state, LEASE_EXPIRED);
	assert_string_equal(lease.owner, "alice");
	store_close(&store);

	/* an owner that the index does not know, and one that can be nobody's */
	damage(bob, 18, "bop");
	open_for(TABLE_MEND);
	assert_int_equal(mend_look(&store, POOL_USERS, bob, &lease), RESCUE_OWNER);
	damage(bob, 18, "b/b");
	assert_int_equal(mend_look(&store, POOL_USERS, bob, &lease), RESCUE_NOTHING);
	assert_int_equal(lease.state, LEASE_FREE);
	store_close(&store);
}

static void a_rescued_lease_gives_way_to_a_newer_one(void **state)
{
	uint32_t alice, bob, again;
	struct lease lease;

	(void)state;
	some_leases(&alice, &bob);
	damage(alice, 250, "!");
	log_begin();
	open_store(&store);
	again = give(&store, "alice", "192.0.2.1");
	store_close(&store);
	assert_non_null(strstr(log_end(), "is out of use"));
	assert_int_not_equal(again, alice);

	open_for(TABLE_MEND);
	assert_int_equal(mend_look(&store, POOL_USERS, alice, &lease), RESCUE_OWNER);
	assert_int_equal(mend_lease(&store, POOL_USERS, &lease), 0);
	assert_int_equal(check(), 2);
	assert_int_equal(found[0].kind, CHECK_STALE);
	assert_int_equal(found[1].kind, CHECK_OLD_OWNER);
	assert_int_equal(found[1].number, alice);
	assert_int_equal(found[1].other, again);
	assert_int_equal(mend_free(&store.tables[POOL_USERS], alice), 0);
	assert_int_equal(mend_free(&store.tables[POOL_USERS], again),
			 0); /* active: stays */
	assert_int_equal(check(), 1);
	assert_int_equal(found[0].kind, CHECK_STALE);
	assert_int_equal(mend_index(&store.tables[POOL_USERS]), 0);
	assert_int_equal(check(), 0);
	assert_int_equal(lease_at(&store, POOL_USERS, again).state, LEASE_PRESENT);
	store_close(&store);
}

static void lost_index_entries_are_made_again(void **state)
{
	char blank[LINE_LEN];
	uint32_t alice, bob, i;

	(void)state;
	some_leases(&alice, &bob);
	memset(blank, ' ', sizeof(blank));
	blank[LINE_LEN - 1] = '\n';
	for (i = 0; i < header_index_lines(100); i++)
		file_put("users.leases", header_line_at(101 + i), blank, sizeof(blank));
	file_put("users.leases", header_line_at(101), "rubbish", 7);
	open_for(TABLE_MEND);
	assert_int_equal(check(), 3);
	assert_int_equal(found[0].kind, CHECK_NO_ENTRY);
	assert_int_equal(found[2].kind, CHECK_INDEX_LINE);
	assert_int_equal(mend_entry(&store.tables[POOL_USERS], alice), 0);
	assert_int_equal(mend_entry(&store.tables[POOL_USERS], bob), 0);
	assert_int_equal(mend_index(&store.tables[POOL_USERS]), 0);
	assert_int_equal(check(), 0);
	store_close(&store);
}

static void a_shared_place_is_found_past_another_server(void **state)
{
	static const char *const servers[] = {"203.0.113.1", "203.0.113.2",
					      "203.0.113.1"};
	struct table *t = &store.tables[POOL_USERS];
	struct lease lease = {
		.state = LEASE_PRESENT,
		.tunnel = {.mode = TUNNEL_V6UDPV4, .granted = T0, .expires = T0 + 3600}};

	(void)state;
	open_store(&store);
	lease.tunnel.endpoint = at("192.0.2.9:40000");
	lease.tunnel.secret = 1;
	for (lease.number = 1; lease.number <= 3; lease.number++) {
		lease.owner[0] = (char)('a' + lease.number);
		lease.tunnel.server = at(servers[lease.number - 1]).addr;
		assert_int_equal(index_add(t, &lease), 0);
		assert_int_equal(table_write(t, &lease), 0);
	}
	assert_int_equal(check(), 1);
	assert_int_equal(found[0].kind, CHECK_SAME_ENDPOINT);
	assert_int_equal(found[0].number + found[0].other, 1 + 3);
	store_close(&store);
}

static void a_file_can_grow_and_shrink(void **state)
{
	static const uint32_t sizes[] = {1000, 100, 5000, 100};
	struct rebuild out;
	uint32_t alice, bob;
	struct lease before;
	size_t i;

	(void)state;
	some_leases(&alice, &bob);
	open_for(TABLE_SERVE);
	before = lease_at(&store, POOL_USERS, alice);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct table *t = &store.tables[POOL_USERS];
		struct lease now;

		assert_int_equal(rebuild_table(t, sizes[i], &no_ranges, 1, &out),
				 REBUILD_OK);
		assert_int_equal(out.forgotten, 0);
		now = lease_at(&store, POOL_USERS, alice);
		assert_int_equal(t->capacity, sizes[i]);
		assert_memory_equal(&now, &before, sizeof(now));
		assert_int_equal(check(), 0);
		assert_int_equal(store_find_owner(&store, POOL_USERS, "bob", &now),
				 STORE_OK);
	}
	store_close(&store);
}

static void what_is_in_the_way_stays(void **state)
{
	struct rebuild out;
	uint32_t alice, bob, high;

	(void)state;
	some_leases(&alice, &bob);
	high = alice > bob ? alice : bob;
	open_for(TABLE_SERVE);
	assert_int_equal(
		rebuild_table(&store.tables[POOL_USERS], high - 1, &no_ranges, 0, &out),
		REBUILD_IN_THE_WAY);
	assert_int_equal(out.in_the_way, high);
	assert_int_equal(out.state, LEASE_PRESENT);
	assert_false(out.damaged);
	assert_int_equal(
		rebuild_table(&store.tables[POOL_USERS], high, &no_ranges, 0, &out),
		REBUILD_OK);
	store_close(&store);
	damage(high, 18, "!");
	open_for(TABLE_SERVE);
	assert_int_equal(
		rebuild_table(&store.tables[POOL_USERS], high - 1, &no_ranges, 0, &out),
		REBUILD_IN_THE_WAY);
	assert_true(out.damaged);
	store_close(&store);
}

static void nobody_rebuilds_under_a_session_or_another(void **state)
{
	struct table other;
	struct rebuild out;
	uint32_t alice, bob;

	(void)state;
	some_leases(&alice, &bob);
	open_for(TABLE_SERVE);
	assert_int_equal(open_users(&other), 0);
	assert_int_equal(table_hold(&other, bob), 0);
	assert_int_equal(
		rebuild_table(&store.tables[POOL_USERS], 200, &no_ranges, 0, &out),
		REBUILD_SESSIONS);
	table_release(&other, bob);
	assert_int_equal(table_hold(&other, 0), 0);
	assert_int_equal(
		rebuild_table(&store.tables[POOL_USERS], 200, &no_ranges, 0, &out),
		REBUILD_BUSY);
	table_release(&other, 0);
	assert_int_equal(
		rebuild_table(&store.tables[POOL_USERS], 200, &no_ranges, 0, &out),
		REBUILD_OK);
	/* the other one has the file of before: it is not the one to be replaced */
	assert_int_equal(rebuild_table(&other, 300, &no_ranges, 0, &out), REBUILD_BUSY);
	table_close(&other);
	store_close(&store);
}

static void a_lost_header_is_made_again(void **state)
{
	struct rebuild out;
	uint32_t alice, bob;
	struct table *t = &store.tables[POOL_USERS];

	(void)state;
	some_leases(&alice, &bob);
	damage(0, 0, "rubbish");
	log_begin();
	assert_int_equal(open_users(t), -1);
	log_end();
	open_for(TABLE_MEND);
	assert_non_null(t->damage);
	assert_int_equal(t->capacity, 100);
	assert_int_equal(check(), 1);
	assert_int_equal(found[0].kind, CHECK_FILE);
	assert_int_equal(rebuild_table(t, t->capacity, &no_ranges, 0, &out), REBUILD_OK);
	store_close(&store);
	open_for(TABLE_MEND);
	assert_null(t->damage);
	assert_int_equal(check(), 0);
	assert_string_equal(lease_at(&store, POOL_USERS, alice).owner, "alice");
	store_close(&store);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(leases_are_found_without_an_index),
		TEST(stats_add_up),
		TEST(sound_files_have_no_findings),
		TEST(a_whole_line_is_rescued_as_it_was),
		TEST(half_anothers_line_is_not_believed),
		TEST(a_rescued_lease_gives_way_to_a_newer_one),
		TEST(lost_index_entries_are_made_again),
		TEST(a_shared_place_is_found_past_another_server),
		TEST(a_file_can_grow_and_shrink),
		TEST(what_is_in_the_way_stays),
		TEST(nobody_rebuilds_under_a_session_or_another),
		TEST(a_lost_header_is_made_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
