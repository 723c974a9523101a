/* SPDX-License-Identifier: MIT */
/* test_store.c - a lease's life: claimed, accepted, put back, ended, found again */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/alloc/store_fixture.h"
#include "lib/endpoint.h"

static struct store store;

static int teardown(void **state)
{
	store_close(&store);
	return fixture_teardown(state);
}

static void an_offer_becomes_a_lease(void **state)
{
	struct store_claim c;
	struct store_wish w = wish("alice", "192.0.2.1");
	struct lease found;

	(void)state;
	open_store(&store);
	w.prefix_len = 56;
	assert_int_equal(store_claim(&store, &w, &c), STORE_OK);
	assert_true(c.held);
	assert_int_equal(c.lease.state, LEASE_OFFERED);
	assert_int_equal(c.lease.tunnel.expires, T0 + 60);
	assert_int_equal(c.before.state, LEASE_FREE);
	found = lease_at(&store, POOL_USERS, c.lease.number);
	assert_memory_equal(&found, &c.lease, sizeof(found));

	test_time += 5;
	assert_int_equal(store_accept(&store, &c), 0);
	assert_false(c.held);
	assert_int_equal(store_find_owner(&store, POOL_USERS, "alice", &found), STORE_OK);
	assert_memory_equal(&found, &c.lease, sizeof(found));
	assert_true(lease_is_active(&found, T0 + 5 + 3599));
	assert_false(lease_is_active(&found, T0 + 5 + 3600));
	assert_int_equal(found.tunnel.granted, T0 + 5);
	assert_int_equal(found.tunnel.prefix_len, 56);
	assert_int_equal(audit(&store), 1);
}

static void an_anonymous_owner_is_the_endpoint(void **state)
{
	struct lease found;

	(void)state;
	open_store(&store);
	give(&store, NULL, "192.0.2.1");
	give(&store, NULL, "192.0.2.1:40000");
	assert_int_equal(
		store_find_owner(&store, POOL_ANONYMOUS, "192.0.2.1:40000", &found),
		STORE_OK);
	assert_string_equal(found.owner, "192.0.2.1:40000");
	assert_int_equal(store_find_owner(&store, POOL_ANONYMOUS, "192.0.2.1", &found),
			 STORE_OK);
	assert_int_equal(found.tunnel.endpoint.port, 0);
	assert_int_equal(store_find_owner(&store, POOL_ANONYMOUS, "192.0.2.2", &found),
			 STORE_NO_LEASE);
	assert_int_equal(store_find_owner(&store, POOL_ANONYMOUS, "rubbish", &found),
			 STORE_NO_LEASE);
	assert_int_equal(store_find_owner(&store, POOL_USERS, "192.0.2.1", &found),
			 STORE_NO_LEASE);
	assert_int_equal(audit(&store), 2);
}

static void owners_come_back_to_their_lease(void **state)
{
	uint32_t alice, bob, anonymous;
	struct store_claim c;

	(void)state;
	open_store(&store);
	alice = give(&store, "alice", "192.0.2.1");
	bob = give(&store, "bob", "192.0.2.2");
	anonymous = give(&store, NULL, "192.0.2.3");
	assert_int_not_equal(alice, bob);
	test_time += 3600 * 24 * 30; /* long over */
	assert_int_equal(audit(&store), 0);
	assert_int_equal(give(&store, "alice", "198.51.100.1"), alice);
	assert_int_equal(give(&store, "bob", "192.0.2.1"), bob);
	assert_int_equal(give(&store, NULL, "192.0.2.3"), anonymous);
	assert_int_equal(audit(&store), 3);

	assert_true(end_own(&store, "alice"));
	assert_int_equal(store_claim_number(&store, POOL_ANONYMOUS, anonymous, &c),
			 STORE_OK);
	assert_int_equal(store_end(&store, &c), 0);
	assert_int_equal(audit(&store), 1);
	assert_int_equal(give(&store, "alice", "192.0.2.4"), alice);
	assert_int_equal(give(&store, NULL, "192.0.2.3"), anonymous);
	assert_int_equal(audit(&store), 3);
}

static void an_update_replaces_the_tunnel(void **state)
{
	struct store_claim c;
	struct store_ref refs[4];
	uint32_t number;

	(void)state;
	open_store(&store);
	number = give(&store, "alice", "192.0.2.1");
	test_time += 100;
	assert_int_equal(claim(&store, "alice", "192.0.2.2", &c), STORE_OK);
	assert_int_equal(c.lease.number, number);
	assert_int_equal(c.before.state, LEASE_PRESENT);
	assert_true(endpoint_equal(&c.lease.before.endpoint, &c.before.tunnel.endpoint));
	assert_int_equal(leases_of(&store, at("192.0.2.1"), refs, 4), 1);
	assert_int_equal(store_accept(&store, &c), 0);
	assert_int_equal(c.lease.tunnel.granted, T0 + 100);
	assert_int_equal(leases_of(&store, at("192.0.2.1"), refs, 4), 0);
	assert_int_equal(leases_of(&store, at("192.0.2.2"), refs, 4), 1);
	assert_int_equal(refs[0].pool, POOL_USERS);
	assert_int_equal(refs[0].lease.number, number);

	/* the same again is a renewal: granted stays */
	test_time += 100;
	give(&store, "alice", "192.0.2.2");
	assert_int_equal(lease_at(&store, POOL_USERS, number).tunnel.granted, T0 + 100);
	assert_int_equal(lease_at(&store, POOL_USERS, number).tunnel.expires, T0 + 3800);
	assert_int_equal(audit(&store), 1);
}

/** assert_put_back() - claim and put back leave both files as they were */
static void assert_put_back(const char *owner, const char *endpoint)
{
	static const char *const names[] = {"users.leases", "anonymous.leases"};
	size_t len[2], again, i;
	struct store_claim c;
	char *bytes[2], *now;

	for (i = 0; i < 2; i++)
		bytes[i] = file_bytes(names[i], &len[i]);
	assert_int_equal(claim(&store, owner, endpoint, &c), STORE_OK);
	test_time += 7;
	assert_int_equal(store_put_back(&store, &c), 0);
	assert_false(c.held);
	assert_int_equal(store_put_back(&store, &c),
			 0); /* nothing to give back: nothing */
	for (i = 0; i < 2; i++) {
		now = file_bytes(names[i], &again);
		assert_int_equal(len[i], again);
		assert_memory_equal(bytes[i], now, again);
		free(now);
		free(bytes[i]);
	}
}

static void put_back_restores_byte_for_byte(void **state)
{
	struct store_ref refs[4];

	(void)state;
	open_store(&store);
	give(&store, "alice", "192.0.2.1");
	give(&store, NULL, "192.0.2.9");
	assert_put_back("bob", "192.0.2.2");   /* free */
	assert_put_back("alice", "192.0.2.1"); /* renewal */
	assert_put_back("alice", "192.0.2.3"); /* update */
	assert_put_back(NULL, "192.0.2.4");
	assert_put_back("bob", "192.0.2.9"); /* displaces */
	assert_put_back("alice", "192.0.2.9");
	assert_int_equal(audit(&store), 2);
	assert_int_equal(leases_of(&store, at("192.0.2.3"), refs, 4), 0);
	test_time += 7200;
	assert_put_back("alice", "192.0.2.3"); /* expired */
	assert_put_back("alice", "192.0.2.9");
	assert_int_equal(audit(&store), 0);
}

static void a_lease_is_ended(void **state)
{
	struct store_claim c;
	struct store_ref refs[4];
	uint32_t number;

	(void)state;
	open_store(&store);
	assert_int_equal(store_claim_own(&store, POOL_USERS, "alice", &c),
			 STORE_NO_LEASE);
	number = give(&store, "alice", "192.0.2.1");
	assert_int_equal(store_claim_own(&store, POOL_USERS, "alice", &c), STORE_OK);
	assert_int_equal(c.lease.state, LEASE_PRESENT);
	test_time += 10;
	assert_int_equal(store_end(&store, &c), 0);
	assert_false(c.held);
	assert_int_equal(lease_at(&store, POOL_USERS, number).state, LEASE_EXPIRED);
	assert_int_equal(lease_at(&store, POOL_USERS, number).tunnel.expires, T0 + 10);
	assert_int_equal(leases_of(&store, at("192.0.2.1"), refs, 4), 0);
	assert_int_equal(store_claim_own(&store, POOL_USERS, "alice", &c),
			 STORE_NO_LEASE);
	assert_false(c.held);

	/* one that ran out by itself keeps its time */
	give(&store, "alice", "192.0.2.1");
	test_time += 7200;
	assert_int_equal(store_claim_own(&store, POOL_USERS, "alice", &c), STORE_OK);
	assert_int_equal(store_end(&store, &c), 0);
	assert_int_equal(c.lease.tunnel.expires, T0 + 10 + 3600);
}

static void a_lease_is_claimed_by_number(void **state)
{
	struct store_claim c;
	uint32_t number;

	(void)state;
	open_store(&store);
	number = give(&store, NULL, "192.0.2.1");
	assert_int_equal(store_claim_number(&store, POOL_ANONYMOUS, 0, &c),
			 STORE_NO_LEASE);
	assert_int_equal(store_claim_number(&store, POOL_ANONYMOUS, 101, &c),
			 STORE_NO_LEASE);
	assert_int_equal(store_claim_number(&store, POOL_ANONYMOUS, number % 100 + 1, &c),
			 STORE_NO_LEASE);
	assert_int_equal(store_claim_number(&store, POOL_ANONYMOUS, number, &c),
			 STORE_OK);
	assert_string_equal(c.lease.owner, "192.0.2.1");
	assert_int_equal(store_put_back(&store, &c), 0);
	assert_int_equal(audit(&store), 1);

	file_put("anonymous.leases", (off_t)number * LEASE_LINE_LEN + 50, "x", 1);
	assert_int_equal(store_claim_number(&store, POOL_ANONYMOUS, number, &c),
			 STORE_ERROR);
	assert_int_equal(errno, EBADMSG);
}

static void a_damaged_line_is_out_of_use(void **state)
{
	struct store_claim c;
	struct lease found;
	uint32_t number;
	const char *text;
	char place[64];
	int i;

	(void)state;
	config.users_pool.capacity = 2;
	open_store(&store);
	number = give(&store, "alice", "192.0.2.1");
	file_put("users.leases", (off_t)number * LEASE_LINE_LEN + 83, "9", 1);
	snprintf(place, sizeof(place), "users.leases:%u: checksum", number + 1);
	log_begin();
	assert_int_equal(store_find_owner(&store, POOL_USERS, "alice", &found),
			 STORE_NO_LEASE);
	text = log_end();
	assert_non_null(strstr(text, place));

	/* neither taken over nor in the way, however long the others wait */
	test_time += 86400;
	log_begin();
	assert_int_not_equal(give(&store, "alice", "192.0.2.1"), number);
	for (i = 0; i < 3; i++) {
		test_time += 86400;
		assert_int_not_equal(give(&store, i % 2 ? "bob" : "carol", "192.0.2.2"),
				     number);
	}
	assert_int_equal(claim(&store, "dave", "192.0.2.3", &c), STORE_FULL);
	log_end();
}

/* a tunnel of a client whose clock, or ours, is wrong by a day */
static void the_clock_jumps(void **state)
{
	struct store_claim c;
	uint32_t alice;

	(void)state;
	open_store(&store);
	alice = give(&store, "alice", "192.0.2.1");
	test_time = T0 + 86400; /* alice's lease seems over; nobody needs it meanwhile */
	give(&store, "bob", "192.0.2.2");
	test_time = T0;
	assert_int_equal(audit(&store), 2);
	assert_int_equal(claim(&store, "carol", "192.0.2.1", &c), STORE_IN_USE);

	test_time = T0 - 86400;
	assert_int_equal(audit(&store), 2);
	assert_int_equal(claim(&store, "carol", "192.0.2.1", &c), STORE_IN_USE);
	assert_int_equal(give(&store, "alice", "192.0.2.1"), alice);

	test_time = T0 + 86400; /* and here somebody needs the address */
	assert_int_equal(claim(&store, "carol", "192.0.2.1", &c), STORE_OK);
	assert_int_equal(c.displaced_count, 1);
	assert_int_equal(store_accept(&store, &c), 0);
	test_time = T0 - 86400;
	assert_int_equal(audit(&store), 2);
}

static void pools_that_are_not_configured_are_empty(void **state)
{
	struct store_claim c;
	struct lease found;
	struct store_ref ref;
	char path[PATH_MAX];

	(void)state;
	config.users_pool.present = false;
	open_store(&store);
	path_of("users.leases", path);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(claim(&store, "alice", "192.0.2.1", &c), STORE_FULL);
	assert_int_equal(store_claim_own(&store, POOL_USERS, "alice", &c),
			 STORE_NO_LEASE);
	assert_int_equal(store_claim_number(&store, POOL_USERS, 1, &c), STORE_NO_LEASE);
	assert_int_equal(store_find_owner(&store, POOL_USERS, "alice", &found),
			 STORE_NO_LEASE);
	give(&store, NULL, "192.0.2.1");
	assert_int_equal(leases_of(&store, at("192.0.2.1"), &ref, 1), 1);
	assert_int_equal(ref.pool, POOL_ANONYMOUS);
}

static void owners_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "two words", "../x", "a\nb",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct store_claim c;
	struct store_wish w;
	size_t i;

	(void)state;
	open_store(&store);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		log_begin();
		assert_int_equal(claim(&store, bad[i], "192.0.2.1", &c), STORE_ERROR);
		assert_int_equal(errno, EINVAL);
		assert_non_null(strstr(log_end(), "no user id"));
	}
	w = wish("alice", "192.0.2.1");
	w.mode = TUNNEL_V6UDPV4; /* without a port */
	log_begin();
	assert_int_equal(store_claim(&store, &w, &c), STORE_ERROR);
	assert_int_equal(errno, EINVAL);
	assert_non_null(strstr(log_end(), "contradicts itself"));
	assert_false(c.held);
	assert_int_equal(audit(&store), 0);
}

static void the_lease_in_force_wins_over_its_owners_older_line(void **state)
{
	struct store other;
	struct store_claim carol, alice;
	struct lease found;
	uint32_t number;

	(void)state;
	config.users_pool.capacity = 2;
	open_store(&store);
	open_store(&other);
	number = give(&store, "alice", "192.0.2.1");
	test_time += 7200;
	give(&store, "bob", "192.0.2.2");

	/* carol's offer takes alice's line, alice comes back meanwhile: there is no other */
	assert_int_equal(claim(&store, "carol", "192.0.2.3", &carol), STORE_OK);
	assert_int_equal(carol.lease.number, number);
	assert_int_equal(claim(&other, "alice", "192.0.2.1", &alice), STORE_FULL);
	test_time += 7200;
	assert_int_equal(claim(&other, "alice", "192.0.2.1", &alice), STORE_OK);
	assert_int_equal(store_accept(&other, &alice), 0);
	assert_int_equal(store_put_back(&store, &carol), 0);
	assert_int_equal(lease_at(&store, POOL_USERS, number).state, LEASE_PRESENT);
	assert_string_equal(lease_at(&store, POOL_USERS, number).owner, "alice");
	assert_int_equal(store_find_owner(&store, POOL_USERS, "alice", &found), STORE_OK);
	assert_int_equal(found.number, alice.lease.number);
	assert_int_equal(audit(&store), 1);
	store_close(&other);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_offer_becomes_a_lease),
		TEST(an_anonymous_owner_is_the_endpoint),
		TEST(owners_come_back_to_their_lease),
		TEST(an_update_replaces_the_tunnel),
		TEST(put_back_restores_byte_for_byte),
		TEST(a_lease_is_ended),
		TEST(a_lease_is_claimed_by_number),
		TEST(a_damaged_line_is_out_of_use),
		TEST(the_clock_jumps),
		TEST(pools_that_are_not_configured_are_empty),
		TEST(owners_that_are_none_are_refused),
		TEST(the_lease_in_force_wins_over_its_owners_older_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
