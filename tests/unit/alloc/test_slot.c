/* SPDX-License-Identifier: MIT */
/* test_slot.c - at most per_address present clients of one IPv4 address, few or thousands */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alloc/index.h"
#include "tests/unit/alloc/store_fixture.h"

static struct store store;

static int teardown(void **state)
{
	store_close(&store);
	return fixture_teardown(state);
}

/** elsewhere() - the result of another process's claim */
static enum store_result elsewhere(const char *owner, const char *endpoint)
{
	struct store other;
	struct store_claim c;
	enum store_result r;

	assert_int_equal(store_open(&other, &config), 0);
	other.now = test_clock;
	r = claim(&other, owner, endpoint, &c);
	if (r == STORE_OK)
		assert_int_equal(store_put_back(&other, &c), 0);
	store_close(&other);
	return r;
}

/** user_at() - claim for user number @n at its port of one address */
static enum store_result user_at(unsigned n, struct store_claim *c)
{
	char owner[16], endpoint[ENDPOINT_LEN];

	snprintf(owner, sizeof(owner), "user%u", n);
	snprintf(endpoint, sizeof(endpoint), "192.0.2.1:%u", n);
	return claim(&store, owner, endpoint, c);
}

static uint16_t slot_of(const struct store_claim *c)
{
	return lease_at(&store, c->pool, c->lease.number).tunnel.slot;
}

static void a_slot_that_is_left_is_taken_again(void **state)
{
	struct store_claim c[4], late;
	unsigned i;

	(void)state;
	open_store(&store);
	for (i = 0; i < 4; i++) {
		assert_int_equal(user_at(i + 1, &c[i]), STORE_OK);
		assert_int_equal(slot_of(&c[i]), i);
		assert_int_equal(store_accept(&store, &c[i]), 0);
	}
	assert_int_equal(user_at(5, &late), STORE_FULL);
	assert_true(end_own(&store, "user2"));
	assert_int_equal(user_at(5, &late), STORE_OK);
	assert_int_equal(slot_of(&late), 1);
	assert_int_equal(elsewhere("user2", "192.0.2.1:2"), STORE_OK); /* an offer */
	assert_int_equal(store_accept(&store, &late), 0);
	assert_int_equal(elsewhere("user2", "192.0.2.1:2"), STORE_FULL);
	assert_int_equal(audit(&store), 4);
}

static void both_files_share_the_slots(void **state)
{
	struct store_claim c;

	(void)state;
	config.per_address = 2;
	open_store(&store);
	give(&store, NULL, "192.0.2.1:9");
	give(&store, "alice", "192.0.2.1:10");
	assert_int_equal(claim(&store, NULL, "192.0.2.1:11", &c), STORE_FULL);
	assert_int_equal(claim(&store, "bob", "192.0.2.1", &c), STORE_FULL);
	/* the anonymous tunnel is displaced, and so it gives its slot as well */
	assert_int_equal(claim(&store, "bob", "192.0.2.1:9", &c), STORE_OK);
	assert_int_equal(slot_of(&c), 0);
}

static void an_update_keeps_its_slot(void **state)
{
	struct store_claim c;

	(void)state;
	config.per_address = 2;
	open_store(&store);
	give(&store, "alice", "192.0.2.1:9");
	give(&store, "bob", "192.0.2.1:10");
	assert_int_equal(claim(&store, "bob", "192.0.2.1:11", &c), STORE_OK);
	assert_int_equal(slot_of(&c), 1);
	assert_int_equal(c.lease.before.slot, 1);
	assert_int_equal(store_accept(&store, &c), 0);
	/* from another address it takes one there, and holds the old one until accept */
	assert_int_equal(claim(&store, "bob", "192.0.2.2", &c), STORE_OK);
	assert_int_equal(slot_of(&c), 0);
	assert_int_equal(elsewhere("carol", "192.0.2.1:12"), STORE_FULL);
	assert_int_equal(store_accept(&store, &c), 0);
	assert_int_equal(claim(&store, "carol", "192.0.2.1:12", &c), STORE_OK);
}

static void time_that_is_over_frees_a_slot(void **state)
{
	struct store_claim c;

	(void)state;
	config.per_address = 1;
	open_store(&store);
	give(&store, "alice", "192.0.2.1:9");
	assert_int_equal(claim(&store, "bob", "192.0.2.1:10", &c), STORE_FULL);
	test_time += 3600;
	assert_int_equal(claim(&store, "bob", "192.0.2.1:10", &c), STORE_OK);
}

/* far beyond what one window of the index holds */
static void thousands_have_one_address(void **state)
{
	struct store_claim c;
	unsigned i;

	(void)state;
	config.per_address = 20000;
	config.users_pool.capacity = 5000;
	open_store(&store);
	for (i = 1; i <= 3000; i++) {
		assert_int_equal(user_at(i, &c), STORE_OK);
		c.lease.state = LEASE_PRESENT;
		assert_int_equal(table_write(&store.tables[POOL_USERS], &c.lease), 0);
		store_let_go(&store, &c);
	}
	for (i = 1; i <= 3000; i += 500) {
		struct lease found[2];
		struct endpoint e = at("192.0.2.1:1");

		e.port = (uint16_t)i;
		assert_int_equal(find_endpoint(&store.tables[POOL_USERS], &e, found, 2),
				 1);
		assert_int_equal(found[0].tunnel.endpoint.port, i);
	}
	assert_int_equal(claim(&store, "late", "192.0.2.1:77", &c), STORE_OK);
	assert_int_equal(c.displaced_count, 1); /* it is found */
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_slot_that_is_left_is_taken_again),
		TEST(both_files_share_the_slots),
		TEST(an_update_keeps_its_slot),
		TEST(time_that_is_over_frees_a_slot),
		TEST(thousands_have_one_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
