/* SPDX-License-Identifier: MIT */
/* test_store_claim.c - who gets an endpoint or a line that others want: 301, 506, 521 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/alloc/store_fixture.h"
#include "lib/endpoint.h"

static struct store store, other; /* two sessions */

static int setup(void **state)
{
	store.tables[0].fd = store.tables[1].fd = -1;
	other = store;
	return fixture_setup(state);
}

static int teardown(void **state)
{
	store_close(&store);
	store_close(&other);
	return fixture_teardown(state);
}

static void open_both(void)
{
	open_store(&store);
	open_store(&other);
}

static enum lease_state state_of(enum pool_kind pool, uint32_t number)
{
	return lease_at(&store, pool, number).state;
}

/* test_contest.c has all of who wins */
static void a_displaced_lease_ends_on_accept(void **state)
{
	struct store_claim c;
	uint32_t number;

	(void)state;
	open_both();
	config.conflict = CONFLICT_REPLACE;
	number = give(&store, "bob", "192.0.2.1");
	assert_int_equal(claim(&other, NULL, "192.0.2.1", &c), STORE_IN_USE);
	assert_false(c.held);
	assert_int_equal(c.displaced_count, 0);
	assert_int_equal(claim(&other, "alice", "192.0.2.1", &c), STORE_OK);
	assert_int_equal(c.displaced_count, 1);
	assert_int_equal(c.displaced[0].lease.number, number);
	assert_int_equal(state_of(POOL_USERS, number), LEASE_PRESENT); /* until accept */
	assert_int_equal(store_accept(&other, &c), 0);
	assert_int_equal(c.displaced_count, 1); /* for the log */
	assert_int_equal(state_of(POOL_USERS, number), LEASE_EXPIRED);
	assert_int_equal(audit(&store), 1);
}

static void other_endpoints_are_no_conflict(void **state)
{
	(void)state;
	open_both();
	give(&store, "alice", "192.0.2.1");
	give(&store, "bob", "192.0.2.2");
	give(&store, "carol", "192.0.2.1:4000");
	give(&store, NULL, "192.0.2.1:4001");
	assert_int_equal(audit(&store), 4);
}

/* 521: one session a lease */
static void a_lease_has_one_session(void **state)
{
	struct store_claim mine, c;
	uint32_t number;

	(void)state;
	open_both();
	assert_int_equal(claim(&store, "alice", "192.0.2.1", &mine), STORE_OK);
	number = mine.lease.number;
	assert_int_equal(claim(&other, "alice", "192.0.2.1", &c), STORE_CLAIMED);
	assert_int_equal(claim(&other, "alice", "192.0.2.2", &c), STORE_CLAIMED);
	assert_int_equal(store_claim_own(&other, POOL_USERS, "alice", &c), STORE_CLAIMED);
	assert_int_equal(store_claim_number(&other, POOL_USERS, number, &c),
			 STORE_CLAIMED);
	assert_false(c.held);
	assert_int_equal(store_accept(&store, &mine), 0);
	assert_int_equal(claim(&other, "alice", "192.0.2.2", &c), STORE_OK);
	assert_int_equal(store_put_back(&other, &c), 0);

	/* to end it is a session too */
	assert_int_equal(store_claim_own(&store, POOL_USERS, "alice", &mine), STORE_OK);
	assert_int_equal(claim(&other, "alice", "192.0.2.1", &c), STORE_CLAIMED);
	assert_int_equal(store_put_back(&store, &mine), 0);
	give(&other, "alice", "192.0.2.1");
}

/* an offer counts while its session lives, with both its endpoints */
static void a_live_offer_is_in_the_way(void **state)
{
	struct store_claim mine, c;

	(void)state;
	open_both();
	give(&store, "alice", "192.0.2.1");
	assert_int_equal(claim(&store, "alice", "192.0.2.2", &mine), STORE_OK);
	assert_int_equal(claim(&other, "bob", "192.0.2.1", &c), STORE_IN_USE);
	assert_int_equal(claim(&other, "bob", "192.0.2.2", &c), STORE_CLAIMED);
	assert_int_equal(claim(&other, NULL, "192.0.2.2", &c), STORE_CLAIMED);
	config.conflict = CONFLICT_REPLACE;
	assert_int_equal(claim(&other, "bob", "192.0.2.1", &c), STORE_CLAIMED);
	test_time += 600; /* however long it takes */
	assert_int_equal(claim(&other, "bob", "192.0.2.2", &c), STORE_CLAIMED);
	assert_int_equal(store_put_back(&store, &mine), 0);

	assert_int_equal(claim(&store, NULL, "192.0.2.9", &mine), STORE_OK);
	assert_int_equal(claim(&other, "bob", "192.0.2.9", &c), STORE_CLAIMED);
	assert_int_equal(store_put_back(&store, &mine), 0);
	give(&other, "bob", "192.0.2.9");
}

/* who is about to be displaced is held: its own session gets 521, a third one too */
static void a_displaced_lease_is_held(void **state)
{
	struct store third;
	struct store_claim mine, c;

	(void)state;
	open_both();
	open_store(&third);
	give(&store, NULL, "192.0.2.1");
	assert_int_equal(claim(&store, "alice", "192.0.2.1", &mine), STORE_OK);
	assert_int_equal(mine.displaced_count, 1);
	assert_int_equal(claim(&other, NULL, "192.0.2.1", &c), STORE_CLAIMED);
	assert_int_equal(claim(&third, "bob", "192.0.2.1", &c), STORE_CLAIMED);
	assert_int_equal(store_put_back(&store, &mine), 0);
	assert_int_equal(audit(&store), 1);
	assert_int_equal(table_is_held(&other.tables[POOL_ANONYMOUS],
				       mine.displaced[0].lease.number),
			 0);
	give(&other, NULL, "192.0.2.1"); /* renewed as if nothing had been */
	store_close(&third);
}

/* a session that dies leaves an offer nobody holds: what was before counts */
static void a_dead_sessions_offer_is_settled(void **state)
{
	struct store_claim c;
	struct lease found;
	uint32_t number;

	(void)state;
	open_both();
	number = give(&store, "alice", "192.0.2.1");
	assert_int_equal(claim(&other, "alice", "192.0.2.2", &c), STORE_OK);
	store_close(&other); /* dies */
	open_store(&other);
	assert_int_equal(state_of(POOL_USERS, number), LEASE_OFFERED);
	assert_int_equal(store_find_owner(&store, POOL_USERS, "alice", &found), STORE_OK);
	assert_int_equal(found.state, LEASE_PRESENT);
	assert_true(endpoint_equal(&found.tunnel.endpoint, &c.before.tunnel.endpoint));
	assert_int_equal(audit(&store), 1);

	/* the old endpoint is alice's still, the new one is free, but its tunnel may be up */
	assert_int_equal(claim(&store, "bob", "192.0.2.1", &c), STORE_IN_USE);
	assert_int_equal(claim(&store, "bob", "192.0.2.2", &c), STORE_OK);
	assert_int_equal(c.displaced_count, 1);
	assert_int_equal(c.displaced[0].lease.number, number);
	assert_int_equal(store_accept(&store, &c), 0);
	assert_int_equal(audit(&store), 2);
	assert_int_equal(state_of(POOL_USERS, number), LEASE_PRESENT);

	/* and alice goes on from what she had */
	assert_int_equal(claim(&store, "alice", "192.0.2.3", &c), STORE_OK);
	assert_int_equal(c.lease.number, number);
	assert_true(endpoint_equal(&c.lease.before.endpoint, &found.tunnel.endpoint));
	assert_int_equal(store_accept(&store, &c), 0);
	assert_int_equal(audit(&store), 2);
}

static void a_first_offer_of_a_dead_session_is_nothing(void **state)
{
	struct store_claim c, again;
	struct lease found;

	(void)state;
	open_both();
	assert_int_equal(claim(&other, "alice", "192.0.2.1", &c), STORE_OK);
	store_close(&other);
	open_store(&other);
	assert_int_equal(store_find_owner(&store, POOL_USERS, "alice", &found), STORE_OK);
	assert_int_equal(found.state, LEASE_EXPIRED);
	assert_int_equal(store_claim_own(&store, POOL_USERS, "alice", &again),
			 STORE_NO_LEASE);
	assert_int_equal(claim(&store, "bob", "192.0.2.1", &again), STORE_OK);
	assert_int_equal(store_put_back(&store, &again), 0);
	assert_int_equal(claim(&store, "alice", "192.0.2.1", &again), STORE_OK);
	assert_int_equal(again.lease.number, c.lease.number);
	assert_int_equal(again.lease.before.mode, TUNNEL_NONE);
	assert_int_equal(store_put_back(&store, &again), 0);
	assert_int_equal(state_of(POOL_USERS, c.lease.number), LEASE_EXPIRED);
}

static void an_address_has_a_limit(void **state)
{
	struct store_claim c;
	uint32_t number;

	(void)state;
	open_both();
	give(&store, NULL, "192.0.2.1:1");
	give(&store, NULL, "192.0.2.1:2");
	give(&store, "alice", "192.0.2.1:3");
	number = give(&store, "bob", "192.0.2.1:4");
	assert_int_equal(claim(&store, NULL, "192.0.2.1:5", &c), STORE_FULL);
	assert_int_equal(claim(&store, "carol", "192.0.2.1:5", &c), STORE_FULL);
	give(&store, "carol", "192.0.2.2:5");
	give(&store, "bob", "192.0.2.1:5");   /* one's own does not count */
	give(&store, "carol", "192.0.2.1:1"); /* nor the one that is displaced */
	assert_int_equal(claim(&store, "dave", "192.0.2.1:6", &c), STORE_FULL);
	assert_int_equal(store_claim_number(&store, POOL_USERS, number, &c), STORE_OK);
	assert_int_equal(store_end(&store, &c), 0);
	give(&store, "dave", "192.0.2.1:6");
	assert_int_equal(claim(&store, "erin", "192.0.2.1:7", &c), STORE_FULL);
	assert_int_equal(audit(&store), 4);
	test_time += 7200; /* those that ran out do not count */
	give(&store, "erin", "192.0.2.1:7");
}

/* a NAT that takes a new port each time must not use up what finds its address */
static void a_busy_nat_fills_nothing(void **state)
{
	char endpoint[ENDPOINT_LEN];
	struct store_claim c;
	int i;

	(void)state;
	open_both();
	for (i = 1; i <= 300; i++) {
		snprintf(endpoint, sizeof(endpoint), "192.0.2.1:%d", i);
		give(&store, NULL, endpoint);
		assert_int_equal(store_claim_own(&store, POOL_ANONYMOUS, endpoint, &c),
				 STORE_OK);
		assert_int_equal(store_end(&store, &c), 0);
	}
	give(&store, NULL, "192.0.2.1");
	assert_int_equal(audit(&store), 1);
}

/* filled to the brim, then taken over by whoever has waited longest */
static void full_means_full_and_the_longest_expired_goes_first(void **state)
{
	char owner[16], endpoint[ENDPOINT_LEN];
	struct store_claim c;
	uint32_t numbers[8], capacity, i, seen;

	(void)state;
	for (capacity = 1; capacity <= 5; capacity++) {
		config.users_pool.capacity = capacity;
		open_both();
		for (i = 0, seen = 0; i < capacity; i++, test_time++) {
			snprintf(owner, sizeof(owner), "user%u", i);
			snprintf(endpoint, sizeof(endpoint), "192.0.2.%u", 1 + i);
			numbers[i] = give(&store, owner, endpoint);
			assert_true(numbers[i] >= 1 && numbers[i] <= capacity);
			seen |= 1U << numbers[i];
		}
		assert_int_equal(seen, (1U << (capacity + 1)) - 2);
		assert_int_equal(claim(&store, "late", "192.0.2.100", &c), STORE_FULL);
		assert_int_equal(audit(&store), capacity);

		test_time += 3600;
		for (i = 0; i < capacity; i++) {
			snprintf(owner, sizeof(owner), "late%u", i);
			snprintf(endpoint, sizeof(endpoint), "192.0.2.%u", 100 + i);
			assert_int_equal(give(&store, owner, endpoint), numbers[i]);
		}
		assert_int_equal(claim(&store, "user0", "192.0.2.1", &c), STORE_FULL);
		assert_int_equal(audit(&store), capacity);
		teardown(NULL);
		fixture_setup(NULL);
	}
}

static void a_lease_in_other_hands_is_not_taken_over(void **state)
{
	struct store_claim mine, c;
	uint32_t number;

	(void)state;
	config.users_pool.capacity = 1;
	open_both();
	number = give(&store, "alice", "192.0.2.1");
	test_time += 7200;
	assert_int_equal(store_claim_number(&store, POOL_USERS, number, &mine), STORE_OK);
	assert_int_equal(claim(&other, "bob", "192.0.2.2", &c), STORE_FULL);
	assert_int_equal(store_put_back(&store, &mine), 0);
	assert_int_equal(claim(&store, "alice", "192.0.2.1", &mine), STORE_OK);
	assert_int_equal(claim(&other, "bob", "192.0.2.2", &c), STORE_FULL);
	store_close(&store); /* dies: what is over may be taken now */
	open_store(&store);
	assert_int_equal(claim(&other, "bob", "192.0.2.2", &c), STORE_OK);
	assert_int_equal(c.before.state, LEASE_OFFERED);
	assert_int_equal(store_accept(&other, &c), 0);
	assert_int_equal(audit(&store), 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_displaced_lease_ends_on_accept),
		TEST(other_endpoints_are_no_conflict),
		TEST(a_lease_has_one_session),
		TEST(a_live_offer_is_in_the_way),
		TEST(a_displaced_lease_is_held),
		TEST(a_dead_sessions_offer_is_settled),
		TEST(a_first_offer_of_a_dead_session_is_nothing),
		TEST(an_address_has_a_limit),
		TEST(a_busy_nat_fills_nothing),
		TEST(full_means_full_and_the_longest_expired_goes_first),
		TEST(a_lease_in_other_hands_is_not_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
