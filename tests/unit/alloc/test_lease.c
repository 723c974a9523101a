/* SPDX-License-Identifier: MIT */
/* test_lease.c - states of a lease; what a dead session's offer is */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/alloc/lease_fixture.h"

static void a_dead_offer_is_what_was_before(void **state)
{
	struct lease l = offered();
	struct lease_tunnel before = l.before, none = {0};

	(void)state;
	lease_settle(&l);
	assert_int_equal(l.state, LEASE_PRESENT);
	assert_memory_equal(&l.tunnel, &before, sizeof(before));
	assert_memory_equal(&l.before, &none, sizeof(none));
	assert_int_equal(l.before_state, LEASE_FREE);
	assert_true(lease_is_active(&l, T0 + 79199));
	assert_false(lease_is_active(&l, T0 + 79200));
}

static void a_dead_offer_without_a_before_is_over(void **state)
{
	struct lease l = offered();

	(void)state;
	l.before_state = LEASE_FREE;
	memset(&l.before, 0, sizeof(l.before));
	lease_settle(&l);
	assert_int_equal(l.state, LEASE_EXPIRED);
	assert_int_equal(l.tunnel.expires, T0);
	assert_false(lease_is_active(&l, T0 - 86400)); /* whatever the clock does */
}

static void other_states_need_no_settling(void **state)
{
	struct lease l = active(), as_was = l;

	(void)state;
	lease_settle(&l);
	assert_memory_equal(&l, &as_was, sizeof(l));
	l.state = as_was.state = LEASE_EXPIRED;
	lease_settle(&l);
	assert_memory_equal(&l, &as_was, sizeof(l));
	assert_false(lease_is_active(&l, 0));
}

static void states_and_modes_have_names(void **state)
{
	(void)state;
	assert_string_equal(lease_state_name(LEASE_FREE), "free");
	assert_string_equal(lease_state_name(LEASE_CLAIMED), "claimed");
	assert_string_equal(lease_state_name(LEASE_PRESENT), "present");
	assert_string_equal(lease_state_name(LEASE_EXPIRED), "expired");
	assert_null(tunnel_type_name(TUNNEL_NONE));
	assert_string_equal(tunnel_type_name(TUNNEL_V6UDPV4), "v6udpv4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dead_offer_is_what_was_before),
		cmocka_unit_test(a_dead_offer_without_a_before_is_over),
		cmocka_unit_test(other_states_need_no_settling),
		cmocka_unit_test(states_and_modes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
