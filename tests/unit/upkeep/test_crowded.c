/* SPDX-License-Identifier: MIT */
/* test_crowded.c - in a pool over half full silent clients of crowded networks give way */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/alloc/store_fixture.h"
#include "upkeep/crowded.h"

#define MARK 7

static struct store store;
static struct worklist list;

static int setup(void **state)
{
	memset(&list, 0, sizeof(list));
	if (fixture_setup(state))
		return -1;
	config.anonymous_pool.capacity = 20;
	open_store(&store);
	return 0;
}

static int teardown(void **state)
{
	worklist_free(&list);
	store_close(&store);
	return fixture_teardown(state);
}

/** come() - clients @from to @to of network @net; present or claimed */
static void come(int net, int from, int to, bool present)
{
	char endpoint[ENDPOINT_LEN];
	struct store_wish w;
	struct store_claim c;

	for (; from <= to; from++) {
		snprintf(endpoint, sizeof(endpoint), "192.0.%d.%d", net, from);
		w = wish(NULL, endpoint);
		w.heard = present;
		assert_int_equal(store_claim(&store, &w, &c), STORE_OK);
		assert_int_equal(store_accept(&store, &c), 0);
		test_time++;
	}
}

/** assert_listed() - exactly these clients of a network give way, in this order */
static void assert_listed(int net, const int *clients, size_t count)
{
	char endpoint[ENDPOINT_LEN];
	struct lease lease;
	size_t i;

	assert_int_equal(crowded_collect(&store, &list, MARK), 0);
	assert_int_equal(list.count, count);
	for (i = 0; i < count; i++) {
		snprintf(endpoint, sizeof(endpoint), "192.0.%d.%d", net, clients[i]);
		lease = lease_at(&store, POOL_ANONYMOUS, list.items[i].number);
		assert_string_equal(lease.owner, endpoint);
		assert_int_equal(list.items[i].mark, MARK);
		assert_int_equal(list.items[i].pool, POOL_ANONYMOUS);
		assert_int_equal(list.items[i].expires, lease.tunnel.expires);
	}
}

static void half_a_pool_is_for_everybody(void **state)
{
	(void)state;
	come(2, 1, 10, false);
	assert_listed(2, NULL, 0);
}

static void the_longest_silent_of_the_largest_network_goes(void **state)
{
	(void)state;
	come(1, 1, 3, false); /* silent longest, but few */
	come(2, 1, 2, true);
	come(2, 3, 7, false);
	come(3, 1, 3, false);
	assert_listed(2, (const int[]){3, 4, 5}, 3);
}

static void one_goes_for_each_that_came(void **state)
{
	(void)state;
	come(2, 1, 12, false);
	test_time += 60;
	assert_listed(2, NULL, 0);
	come(3, 1, 1, false);
	assert_listed(2, (const int[]){1}, 1);
}

static void present_clients_stay(void **state)
{
	(void)state;
	come(2, 1, 14, true);
	assert_listed(2, NULL, 0);
}

static void without_an_anonymous_pool_nothing_is_done(void **state)
{
	struct store none;

	(void)state;
	config.anonymous_pool.present = false;
	open_store(&none);
	assert_int_equal(crowded_collect(&none, &list, MARK), 0);
	store_close(&none);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(half_a_pool_is_for_everybody),
		TEST(the_longest_silent_of_the_largest_network_goes),
		TEST(one_goes_for_each_that_came),
		TEST(present_clients_stay),
		TEST(without_an_anonymous_pool_nothing_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
