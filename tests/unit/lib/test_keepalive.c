/* SPDX-License-Identifier: MIT */
/* test_keepalive.c - addresses that contain a secret */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/keepalive.h"

static struct config config;

static int fresh(void **state)
{
	(void)state;
	memset(&config, 0, sizeof(config));
	config.users_pool.present = true;
	prefix6_parse("2001:db8:ffff::/64", &config.users_pool.link);
	return 0;
}

static void assert_address(uint64_t secret, const char *expected)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	assert_int_equal(keepalive_address(&config, secret, &address), 0);
	inet_ntop(AF_INET6, &address, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void a_network_for_it_alone_has_all_bits(void **state)
{
	(void)state;
	prefix6_parse("2001:db8:5ec::/64", &config.keepalive_prefix);
	assert_address(UINT64_C(0x0123456789abcdef), "2001:db8:5ec:0:123:4567:89ab:cdef");
	assert_address(UINT64_C(0xf123456789abcdef),
		       "2001:db8:5ec:0:f123:4567:89ab:cdef");
}

static void beside_leases_the_highest_bit_is_set(void **state)
{
	(void)state;
	assert_address(UINT64_C(0x0123456789abcdef),
		       "2001:db8:ffff:0:8123:4567:89ab:cdef");
	prefix6_parse("2001:db8:ff00::/48", &config.users_pool.link);
	assert_address(1, "2001:db8:ff00:0:8000::1");
}

static void without_a_network_there_is_none(void **state)
{
	struct in6_addr address;

	(void)state;
	assert_int_equal(keepalive_address(&config, 0, &address), -1);
	assert_int_equal(errno, EINVAL);
	prefix6_parse("2001:db8:ffff::/112", &config.users_pool.link);
	assert_int_equal(keepalive_address(&config, 1, &address), -1);
	assert_int_equal(errno, ENOENT);
	fresh(state);
	config.users_pool.present = false;
	assert_int_equal(keepalive_address(&config, 1, &address), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_network_for_it_alone_has_all_bits, fresh),
		cmocka_unit_test_setup(beside_leases_the_highest_bit_is_set, fresh),
		cmocka_unit_test_setup(without_a_network_there_is_none, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
