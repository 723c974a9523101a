/* SPDX-License-Identifier: MIT */
/* test_udp_lease.c - a lease without proof is good for two minutes, or until its secret is heard */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/alloc/store_fixture.h"

#define FULL (60 * 60) /* the fixture's lifetime */

/** accept_from() - alice's, by TCP or UDP; the lease as its line says */
static struct lease accept_from(struct store *store, const char *endpoint, bool unproven)
{
	struct store_wish w = wish("alice", endpoint);
	struct store_claim c;

	w.unproven = unproven;
	w.heard = false;
	assert_int_equal(store_claim(store, &w, &c), STORE_OK);
	assert_int_equal(store_accept(store, &c), 0);
	return lease_at(store, POOL_USERS, c.lease.number);
}

/** proven() - the secret of lease @number was heard; its line */
static struct lease proven(struct store *store, uint32_t number)
{
	prove(store, POOL_USERS, number);
	return lease_at(store, POOL_USERS, number);
}

static void two_minutes(void **state)
{
	struct store store;
	struct lease lease;

	(void)state;
	open_store(&store);
	lease = accept_from(&store, "198.51.100.7:40000", true);
	assert_int_equal(lease.tunnel.expires, T0 + 120);
	assert_int_equal(lease.state, LEASE_CLAIMED);
	test_time = T0 + 119;
	assert_true(owns(&store, POOL_USERS, "alice", "198.51.100.7:40000"));
	test_time = T0 + 120;
	assert_true(owns(&store, POOL_USERS, "alice", NULL));

	lease = accept_from(&store, "198.51.100.7:40000", false);
	assert_int_equal(lease.tunnel.expires, T0 + 120 + FULL);
	assert_int_equal(lease.state, LEASE_CLAIMED);
	assert_int_equal(lease.tunnel.heard, T0 + 120);
	store_close(&store);
}

static void the_secret_makes_it_good(void **state)
{
	struct store store;
	struct lease lease;

	(void)state;
	open_store(&store);
	lease = accept_from(&store, "198.51.100.7:40000", true);
	test_time = T0 + 60;
	lease = proven(&store, lease.number);
	assert_int_equal(lease.state, LEASE_PRESENT);
	assert_int_equal(lease.tunnel.heard, T0 + 60);
	assert_int_equal(lease.tunnel.granted, T0);
	assert_int_equal(lease.tunnel.expires, T0 + 60 + FULL);
	test_time = T0 + 90;
	lease = proven(&store, lease.number); /* once */
	assert_int_equal(lease.tunnel.expires, T0 + 60 + FULL);
	assert_int_equal(audit(&store), 1);
	store_close(&store);
}

static void too_late_for_the_secret(void **state)
{
	struct store store;
	struct lease lease;

	(void)state;
	open_store(&store);
	lease = accept_from(&store, "198.51.100.7:40000", true);
	test_time = T0 + 120;
	assert_int_equal(proven(&store, lease.number).tunnel.expires, T0 + 120);
	store_close(&store);
}

static void asking_again_gives_no_more_time(void **state)
{
	struct store store;
	struct lease lease;

	(void)state;
	open_store(&store);
	accept_from(&store, "198.51.100.7:40000", true);
	test_time = T0 + 100;
	lease = accept_from(&store, "198.51.100.7:40000", true);
	assert_int_equal(lease.tunnel.expires, T0 + 120);
	/* another port is another tunnel, which nobody has used yet */
	lease = accept_from(&store, "198.51.100.7:40001", true);
	assert_int_equal(lease.tunnel.expires, T0 + 220);
	store_close(&store);
}

static void asking_again_takes_no_proof_away(void **state)
{
	struct store store;
	struct lease lease;

	(void)state;
	open_store(&store);
	lease = accept_from(&store, "198.51.100.7:40000", true);
	proven(&store, lease.number);
	test_time = T0 + 600;
	lease = accept_from(&store, "198.51.100.7:40000", true);
	assert_int_equal(lease.state, LEASE_PRESENT);
	assert_int_equal(lease.tunnel.granted, T0);
	assert_int_equal(lease.tunnel.expires, T0 + FULL);
	lease = accept_from(&store, "198.51.100.8:40000", true);
	assert_int_equal(lease.tunnel.expires, T0 + 720);
	store_close(&store);
}

/* the two times of a lease say nothing of proof: a lifetime can be just as short */
static void a_short_lifetime_is_no_doubt(void **state)
{
	struct store store;
	struct lease lease;

	(void)state;
	config.lifetime_minutes = 2;
	open_store(&store);
	lease = accept_from(&store, "198.51.100.7", false);
	assert_int_equal(lease.tunnel.expires, T0 + 120);
	assert_int_equal(lease.state, LEASE_CLAIMED);
	assert_int_equal(lease.tunnel.heard, T0);
	lease = accept_from(&store, "198.51.100.8", true);
	assert_int_equal(lease.tunnel.expires, T0 + 120);
	assert_int_equal(lease.tunnel.heard, 0);
	store_close(&store);
}

static void over_tcp_a_lease_has_its_full_time(void **state)
{
	struct store store;
	struct lease lease;

	(void)state;
	open_store(&store);
	accept_from(&store, "198.51.100.7", true);
	lease = accept_from(&store, "198.51.100.7", false);
	assert_int_equal(lease.tunnel.expires, T0 + FULL);
	store_close(&store);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(two_minutes),
		TEST(the_secret_makes_it_good),
		TEST(too_late_for_the_secret),
		TEST(asking_again_gives_no_more_time),
		TEST(asking_again_takes_no_proof_away),
		TEST(a_short_lifetime_is_no_doubt),
		TEST(over_tcp_a_lease_has_its_full_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
