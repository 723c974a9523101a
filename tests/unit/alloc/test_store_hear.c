/* SPDX-License-Identifier: MIT */
/* test_store_hear.c - present clients that are heard, and those that fall silent */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/alloc/store_fixture.h"

#define FULL (60 * 60) /* the fixture's lifetime */

static struct store store;

/** present() - alice's lease, heard at T0 */
static struct store_ref present(void)
{
	struct store_ref ref = {.pool = POOL_USERS};

	open_store(&store);
	ref.lease.number = give(&store, "alice", "198.51.100.7");
	prove(&store, POOL_USERS, ref.lease.number);
	ref.lease = lease_at(&store, POOL_USERS, ref.lease.number);
	return ref;
}

static struct lease line_of(const struct store_ref *ref)
{
	return lease_at(&store, ref->pool, ref->lease.number);
}

static void a_lease_lives_while_its_client_is_heard(void **state)
{
	struct store_ref ref = present();

	(void)state;
	for (int i = 1; i < 100; i++) {
		test_time = T0 + i * FULL / 8;
		assert_int_equal(store_extend(&store, &ref, test_time - 1),
				 i > 1 ? 1 : 0);
	}
	assert_int_equal(line_of(&ref).tunnel.expires, test_time - 1 + FULL);
	assert_int_equal(line_of(&ref).tunnel.granted, T0);
	assert_int_equal(line_of(&ref).state, LEASE_PRESENT);
	assert_true(owns(&store, POOL_USERS, "alice", "198.51.100.7"));
	store_close(&store);
}

static void eight_times_in_a_lifetime_are_enough(void **state)
{
	struct store_ref ref = present();
	int written = 0;

	(void)state;
	for (test_time = T0; test_time < T0 + 10 * FULL; test_time += 60)
		written += store_extend(&store, &ref, test_time) == 1;
	assert_in_range(written, 70, 80);
	store_close(&store);
}

static void a_silent_client_keeps_its_lease_for_a_lifetime(void **state)
{
	struct store_ref ref = present();

	(void)state;
	test_time = T0 + 200;
	assert_int_equal(store_silence(&store, &ref, T0 + 70), 1);
	assert_int_equal(line_of(&ref).state, LEASE_CLAIMED);
	assert_int_equal(line_of(&ref).tunnel.heard, T0 + 70);
	assert_int_equal(line_of(&ref).tunnel.expires, T0 + 70 + FULL);
	assert_int_equal(store_silence(&store, &ref, T0 + 80), 0);
	assert_int_equal(store_extend(&store, &ref, T0 + FULL), 0);
	prove(&store, POOL_USERS, ref.lease.number);
	assert_int_equal(line_of(&ref).state, LEASE_PRESENT);
	assert_int_equal(line_of(&ref).tunnel.heard, T0 + 200);
	/* an older time than what is written takes nothing away */
	assert_int_equal(store_silence(&store, &ref, T0), 1);
	assert_int_equal(line_of(&ref).tunnel.heard, T0 + 200);
	assert_int_equal(line_of(&ref).tunnel.expires, T0 + 200 + FULL);
	store_close(&store);
}

static void what_a_session_holds_or_is_over_stays(void **state)
{
	struct store_ref ref = present();
	struct store_claim c;
	struct store other;

	(void)state;
	open_store(&other);
	assert_int_equal(store_claim_number(&other, ref.pool, ref.lease.number, &c),
			 STORE_OK);
	test_time = T0 + FULL / 2;
	assert_int_equal(store_extend(&store, &ref, test_time), 0);
	assert_int_equal(store_silence(&store, &ref, test_time), 0);
	store_let_go(&other, &c);
	store_close(&other);
	test_time = T0 + FULL;
	assert_int_equal(store_extend(&store, &ref, test_time - 1), 0);
	assert_int_equal(line_of(&ref).tunnel.expires, T0 + FULL);
	store_close(&store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_lease_lives_while_its_client_is_heard,
						fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(eight_times_in_a_lifetime_are_enough,
						fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			a_silent_client_keeps_its_lease_for_a_lifetime, fixture_setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(what_a_session_holds_or_is_over_stays,
						fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
