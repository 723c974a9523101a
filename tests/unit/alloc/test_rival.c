/* SPDX-License-Identifier: MIT */
/* test_rival.c - two clients that use one account in turn are noticed, once */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alloc/rival.h"
#include "lib/addr.h"
#include "tests/unit/alloc/store_fixture.h"

static struct store store;

static int teardown(void **state)
{
	store_close(&store);
	return fixture_teardown(state);
}

/** moves() - alice's tunnel goes to @endpoint over TCP; true if two places are noticed */
static bool moves(const char *endpoint)
{
	struct store_wish w = wish("alice", endpoint);
	struct store_claim c;

	w.heard = false;
	assert_int_equal(store_claim(&store, &w, &c), STORE_OK);
	assert_int_equal(store_accept(&store, &c), 0);
	return c.rivals;
}

static const char *rival(void)
{
	static char text[RIVAL_LEN];
	struct lease lease;

	assert_int_equal(store_find_owner(&store, POOL_USERS, "alice", &lease), STORE_OK);
	rival_format(&lease, text);
	return text;
}

static void in_turn(void **state)
{
	(void)state;
	open_store(&store);
	assert_false(moves("192.0.2.1"));
	assert_string_equal(rival(), "-");
	test_time += 80;
	assert_false(moves("192.0.2.2")); /* it may have moved */
	assert_string_equal(rival(), "192.0.2.1");
	test_time += 80;
	assert_true(moves("192.0.2.1"));
	assert_string_equal(rival(), "192.0.2.2*");
	test_time += 80;
	assert_false(moves("192.0.2.2")); /* told once */
	assert_string_equal(rival(), "192.0.2.1*");
	assert_int_equal(audit(&store), 1);
}

static void a_client_that_moves_is_alone(void **state)
{
	(void)state;
	open_store(&store);
	moves("192.0.2.1");
	test_time += 80;
	moves("192.0.2.1"); /* another port, or started again */
	assert_string_equal(rival(), "-");
	test_time += 120; /* nobody was there any more */
	assert_false(moves("192.0.2.2"));
	assert_string_equal(rival(), "-");
	test_time += 600;
	assert_false(moves("192.0.2.1"));
	assert_string_equal(rival(), "-");
	/* three places, one after the other */
	test_time += 80;
	assert_false(moves("192.0.2.3"));
	test_time += 80;
	assert_false(moves("192.0.2.4"));
	assert_string_equal(rival(), "192.0.2.3");
}

static void peace_is_noticed(void **state)
{
	(void)state;
	open_store(&store);
	moves("192.0.2.1");
	moves("192.0.2.2");
	assert_true(moves("192.0.2.1"));
	test_time += 300;
	assert_false(moves("192.0.2.2"));
	assert_string_equal(rival(), "-");
}

static void a_present_client_was_there_all_the_time(void **state)
{
	(void)state;
	open_store(&store);
	prove(&store, POOL_USERS, give(&store, "alice", "192.0.2.1"));
	test_time += 3000; /* its time is not written that often */
	assert_false(moves("192.0.2.2"));
	assert_string_equal(rival(), "192.0.2.1");
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(in_turn),
		TEST(a_client_that_moves_is_alone),
		TEST(peace_is_noticed),
		TEST(a_present_client_was_there_all_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
