/* SPDX-License-Identifier: MIT */
/* test_place.c - a newcomer takes a free line, and an absent user keeps the number */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/alloc/store_fixture.h"

static struct store store;

static int teardown(void **state)
{
	store_close(&store);
	return fixture_teardown(state);
}

/** newcomer() - a user of whom nobody has heard gets a lease; its number */
static uint32_t newcomer(const char *name, unsigned n)
{
	char owner[24], endpoint[ENDPOINT_LEN];
	struct store_claim c;

	snprintf(owner, sizeof(owner), "%s%u", name, n);
	snprintf(endpoint, sizeof(endpoint), "10.%u.%u.%u", n >> 16, n >> 8 & 255,
		 n & 255);
	assert_int_equal(claim(&store, owner, endpoint, &c), STORE_OK);
	c.lease.state = LEASE_PRESENT; /* without waiting for the disk */
	assert_int_equal(table_write(&store.tables[POOL_USERS], &c.lease), 0);
	store_let_go(&store, &c);
	return c.lease.number;
}

/** use_up() - @count users come and go */
static void use_up(uint32_t capacity, unsigned count)
{
	struct lease l;
	unsigned i;

	config.users_pool.capacity = capacity;
	open_store(&store);
	for (i = 0; i < count; i++) {
		l = lease_at(&store, POOL_USERS, newcomer("absent", i));
		l.state = LEASE_EXPIRED;
		assert_int_equal(table_write(&store.tables[POOL_USERS], &l), 0);
	}
}

/** kept() - how many of them can come back to their numbers */
static unsigned kept(uint32_t capacity)
{
	unsigned n = 0;
	uint32_t i;

	for (i = 1; i <= capacity; i++)
		n += lease_at(&store, POOL_USERS, i).state == LEASE_EXPIRED;
	return n;
}

static void newcomers_take_free_lines_to_the_last(void **state)
{
	unsigned i;

	(void)state;
	use_up(1000, 900);
	for (i = 0; i < 100; i++)
		newcomer("new", 1000 + i);
	assert_int_equal(kept(1000), 900);
	newcomer("new", 2000); /* none is left: the longest absent one gives way */
	assert_int_equal(kept(1000), 899);
}

static void in_a_large_file_too(void **state)
{
	unsigned i;

	(void)state;
	use_up(20000, 19000);
	for (i = 0; i < 900; i++) /* at the end one line in 200 is free */
		newcomer("new", 30000 + i);
	assert_int_equal(kept(20000), 19000);
}

/** unproven() - user number @n gets a lease without proof; its number, 0: the pool is full */
static uint32_t unproven(unsigned n)
{
	char owner[24], endpoint[ENDPOINT_LEN];
	struct store_wish w;
	struct store_claim c;
	enum store_result r;

	snprintf(owner, sizeof(owner), "nobody%u", n);
	snprintf(endpoint, sizeof(endpoint), "10.9.%u.%u", n >> 8 & 255, n & 255);
	w = wish(owner, endpoint);
	w.unproven = true;
	w.heard = false;
	r = store_claim(&store, &w, &c);
	if (r == STORE_FULL)
		return 0;
	assert_int_equal(r, STORE_OK);
	assert_int_equal(store_accept(&store, &c), 0);
	return c.lease.number;
}

static void leases_without_proof_cost_nobody_a_place(void **state)
{
	uint32_t numbers[10], number;
	struct store_claim c;
	unsigned i;

	(void)state;
	config.users_pool.capacity = 10;
	open_store(&store);
	for (i = 0; i < 10; i++, test_time++)
		numbers[i] = unproven(i);
	/* the oldest gives way, to other unproven ones too */
	for (i = 0; i < 5; i++, test_time++)
		assert_int_equal(unproven(10 + i), numbers[i]);
	for (i = 0; i < 5; i++)
		assert_int_equal(newcomer("new", i), numbers[5 + i]);
	/* what is proven stays, by its secret or its signalling */
	number = unproven(20);
	assert_int_equal(number, numbers[0]);
	prove(&store, POOL_USERS, number);
	for (i = 0; i < 4; i++)
		assert_int_equal(newcomer("late", 100 + i), numbers[1 + i]);
	assert_int_equal(unproven(21), 0);
	assert_int_equal(claim(&store, "last", "10.8.0.1", &c), STORE_FULL);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(newcomers_take_free_lines_to_the_last),
		TEST(in_a_large_file_too),
		TEST(leases_without_proof_cost_nobody_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
