/* SPDX-License-Identifier: MIT */
/* test_pool.c - pool arithmetic, both ways */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "alloc/pool.h"
#include "lib/endpoint.h"
#include "lib/prefix.h"
#include "lib/addr.h"

static struct config config;

static void set_users(const char *link, const char *prefix, uint8_t delegate)
{
	struct pool_config *pool = &config.users_pool;

	memset(pool, 0, sizeof(*pool));
	pool->present = true;
	pool->delegate = delegate;
	assert_int_equal(prefix6_parse(link, &pool->link), 0);
	if (prefix)
		assert_int_equal(prefix6_parse(prefix, &pool->prefix), 0);
}

static void set_anonymous(const char *link)
{
	config.anonymous_pool.present = true;
	assert_int_equal(prefix6_parse(link, &config.anonymous_pool.link), 0);
}

static int setup(void **state)
{
	(void)state;
	memset(&config, 0, sizeof(config));
	set_users("2001:db8:ffff::/64", "2001:db8:1000::/36", 56);
	set_anonymous("2001:db8:a::/64");
	return 0;
}

static void assert_address(const struct in6_addr *a, const char *text)
{
	struct in6_addr b;

	assert_int_equal(addr_parse6(text, &b), 0);
	assert_memory_equal(a, &b, sizeof(b));
}

/** number_at() - lease number of an address text; 0: none */
static uint32_t number_at(const char *text)
{
	struct pool_match m = {0};
	struct in6_addr a;

	assert_int_equal(addr_parse6(text, &a), 0);
	if (!pool_find(&config, &a, &m))
		return 0;
	assert_int_equal(m.kind, POOL_USERS);
	return m.number;
}

static bool is_anonymous(const char *text, const char *endpoint)
{
	struct pool_match m = {0};
	char found[ENDPOINT_LEN];
	struct in6_addr a;

	assert_int_equal(addr_parse6(text, &a), 0);
	if (!pool_find(&config, &a, &m))
		return false;
	endpoint_format(&m.endpoint, found);
	return m.kind == POOL_ANONYMOUS && !strcmp(found, endpoint);
}

static void users_get_pairs_and_blocks(void **state)
{
	struct pool_addresses a;

	(void)state;
	pool_users_addresses(&config.users_pool, 1, 0, &a);
	assert_address(&a.server, "2001:db8:ffff::2");
	assert_address(&a.client, "2001:db8:ffff::3");
	assert_int_equal(a.prefix.len, 0);
	assert_address(&a.prefix.addr, "::");

	pool_users_addresses(&config.users_pool, 0x12345, 56, &a);
	assert_address(&a.server, "2001:db8:ffff::2:468a");
	assert_address(&a.client, "2001:db8:ffff::2:468b");
	assert_address(&a.prefix.addr, "2001:db8:1123:4500::");
	assert_int_equal(a.prefix.len, 56);

	/* a longer prefix is the first of the same block */
	pool_users_addresses(&config.users_pool, 0x12345, 64, &a);
	assert_address(&a.prefix.addr, "2001:db8:1123:4500::");
	assert_int_equal(a.prefix.len, 64);
}

static void no_prefixes_where_none_are_delegated(void **state)
{
	struct pool_addresses a;

	(void)state;
	set_users("2001:db8:ffff::/64", NULL, 0);
	pool_users_addresses(&config.users_pool, 9, 64, &a);
	assert_int_equal(a.prefix.len, 0);
	assert_int_equal(number_at("2001:db8:ffff::12"), 9);
	assert_int_equal(number_at("2001:db8:1000:900::1"), 0);
}

static void every_number_comes_back(void **state)
{
	static const struct {
		const char *link, *prefix;
		uint8_t delegate;
	} pools[] = {{"2001:db8:ffff::/64", "2001:db8:1000::/36", 56},
		     {"2001:db8::/112", "2001:db9::/32", 48},
		     {"2001:db8::/100", "2000::/3", 64},
		     {"2001:db8:0:1::/64", "2001:db8:8000::/33", 64}};
	struct pool_addresses a;
	struct pool_match m;
	uint32_t number, room;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		set_users(pools[i].link, pools[i].prefix, pools[i].delegate);
		room = config_pool_room(&config.users_pool);
		for (number = 1; number <= room && number < 99999999;
		     number += number / 7 + 1) {
			pool_users_addresses(&config.users_pool, number,
					     pools[i].delegate, &a);
			assert_true(pool_find(&config, &a.server, &m));
			assert_int_equal(m.number, number);
			assert_true(pool_find(&config, &a.client, &m));
			assert_int_equal(m.number, number);
			assert_true(prefix6_contains(&config.users_pool.prefix,
						     &a.prefix.addr));
			a.prefix.addr = addr6_add(a.prefix.addr, 0xfffffff, 128);
			assert_true(pool_find(&config, &a.prefix.addr, &m));
			assert_int_equal(m.number, number);
		}
	}
}

static void room_is_what_link_and_prefix_hold(void **state)
{
	(void)state;
	assert_int_equal(config_pool_room(&config.users_pool), (1 << 20) - 1);
	set_users("2001:db8::/112", "2001:db8:1000::/36", 56);
	assert_int_equal(config_pool_room(&config.users_pool), 32767);
	set_users("2001:db8::/126", NULL, 0);
	assert_int_equal(config_pool_room(&config.users_pool), 1);
	set_users("2001:db8::/127", NULL, 0);
	assert_int_equal(config_pool_room(&config.users_pool), 0);
	set_users("2001:db8::/64", "2001:db8:1000::/56", 56);
	assert_int_equal(config_pool_room(&config.users_pool), 0);
	set_users("2001:db8::/64", NULL, 0);
	assert_int_equal(config_pool_room(&config.users_pool), UINT32_MAX);
}

static void addresses_of_nobody(void **state)
{
	(void)state;
	assert_int_equal(number_at("2001:db8:ffff::"), 0);  /* number 0 is no lease's, */
	assert_int_equal(number_at("2001:db8:ffff::1"), 0); /* prefix 0 the operator's */
	assert_int_equal(number_at("2001:db8:1000:ff::1"), 0);
	assert_int_equal(number_at("2001:db8:1000:100::1"), 1);
	assert_int_equal(number_at("2001:db8:1fff:ff00::1"), 0xfffff);
	assert_int_equal(number_at("2001:db8:2000::1"), 0);
	assert_int_equal(number_at("2001:db8:ffff::1f:ffff"), 0xfffff);
	assert_int_equal(number_at("2001:db8:ffff::20:0000"), 0); /* more than prefixes */
	assert_int_equal(number_at("2001:db8:ffff:0:1::2"), 0);
	assert_int_equal(number_at("2001:db8:ffff:1::2"), 0);
	config.users_pool.present = false;
	assert_int_equal(number_at("2001:db8:1000:100::1"), 0);
}

static void anonymous_addresses_hold_the_endpoint(void **state)
{
	struct pool_addresses a;
	struct endpoint e;

	(void)state;
	assert_int_equal(endpoint_parse("192.0.2.7", &e), 0);
	pool_anonymous_addresses(&config.anonymous_pool, &e, &a);
	assert_address(&a.server, "2001:db8:a:0:c000:207::2");
	assert_address(&a.client, "2001:db8:a:0:c000:207::3");
	assert_int_equal(a.prefix.len, 0);

	e.port = 40000;
	pool_anonymous_addresses(&config.anonymous_pool, &e, &a);
	assert_address(&a.client, "2001:db8:a:0:c000:207:9c40:3");

	set_anonymous("2001:db8:b::/48");
	pool_anonymous_addresses(&config.anonymous_pool, &e, &a);
	assert_address(&a.server, "2001:db8:b:c000:207:9c40::2");

	set_anonymous("2001:db0::/29");
	pool_anonymous_addresses(&config.anonymous_pool, &e, &a);
	assert_address(&a.server, "2001:db6:0:103c:e200::2");
	assert_true(is_anonymous("2001:db6:0:103c:e200::2", "192.0.2.7:40000"));
}

static void anonymous_addresses_tell_the_endpoint(void **state)
{
	(void)state;
	assert_true(is_anonymous("2001:db8:a:0:c000:207::3", "192.0.2.7"));
	assert_true(is_anonymous("2001:db8:a:0:c000:207::2", "192.0.2.7"));
	assert_true(is_anonymous("2001:db8:a:0:c000:207:9c40:3", "192.0.2.7:40000"));
	assert_false(is_anonymous("2001:db8:a:0:c000:207::1", "192.0.2.7"));
	assert_false(is_anonymous("2001:db8:a:0:c000:207::4", "192.0.2.7"));
	assert_false(is_anonymous("2001:db8:a:1:c000:207::3", "192.0.2.7"));
	set_anonymous("2001:db8:b::/48");
	assert_true(is_anonymous("2001:db8:b:c000:207::3", "192.0.2.7"));
	assert_false(is_anonymous("2001:db8:b:c000:207:0:1:3", "192.0.2.7"));
	config.anonymous_pool.present = false;
	assert_false(is_anonymous("2001:db8:b:c000:207::3", "192.0.2.7"));
}

static void pools_have_names(void **state)
{
	(void)state;
	assert_string_equal(pool_name(POOL_USERS), "users");
	assert_string_equal(pool_name(POOL_ANONYMOUS), "anonymous");
}

static void pools_are_found_by_name(void **state)
{
	enum pool_kind kind;

	(void)state;
	POOL_EACH(each) {
		assert_int_equal(pool_parse(pool_name(each), &kind), 0);
		assert_int_equal(kind, each);
	}
	errno = 0;
	assert_int_equal(pool_parse("", &kind), -1);
	assert_int_equal(pool_parse("user", &kind), -1);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(pool_config(&config, POOL_USERS), &config.users_pool);
	assert_ptr_equal(pool_config(&config, POOL_ANONYMOUS), &config.anonymous_pool);
}

static void files_have_the_name_of_their_pool(void **state)
{
	char path[PATH_MAX];

	(void)state;
	strcpy(config.state, "/var/lib/tsp");
	assert_int_equal(pool_path(&config, POOL_ANONYMOUS, path), 0);
	assert_string_equal(path, "/var/lib/tsp/anonymous.leases");
	memset(config.state, 'x', sizeof(config.state) - 1);
	errno = 0;
	assert_int_equal(pool_path(&config, POOL_USERS, path), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(users_get_pairs_and_blocks, setup),
		cmocka_unit_test_setup(no_prefixes_where_none_are_delegated, setup),
		cmocka_unit_test_setup(every_number_comes_back, setup),
		cmocka_unit_test_setup(room_is_what_link_and_prefix_hold, setup),
		cmocka_unit_test_setup(addresses_of_nobody, setup),
		cmocka_unit_test_setup(anonymous_addresses_hold_the_endpoint, setup),
		cmocka_unit_test_setup(anonymous_addresses_tell_the_endpoint, setup),
		cmocka_unit_test(pools_have_names),
		cmocka_unit_test_setup(pools_are_found_by_name, setup),
		cmocka_unit_test_setup(files_have_the_name_of_their_pool, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
