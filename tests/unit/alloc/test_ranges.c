/* SPDX-License-Identifier: MIT */
/* test_ranges.c - other ranges than those that leases were made for are refused by name */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alloc/ranges.h"
#include "lib/prefix.h"
#include "tests/unit/alloc/store_fixture.h"

static struct store store;

static int setup(void **state)
{
	if (fixture_setup(state))
		return -1;
	config.users_pool.delegate = 56; /* the default, also without a prefix */
	return prefix6_parse("2001:db8:ffff::/64", &config.users_pool.link) ||
	       prefix6_parse("2001:db8:1000::/36", &config.users_pool.prefix) ||
	       prefix6_parse("2001:db8:a::/64", &config.anonymous_pool.link);
}

/** refused() - the store does not open, and the log says @text */
static void refused(const char *text)
{
	const char *log;

	log_begin();
	assert_int_equal(store_open(&store, &config), -1);
	assert_int_equal(errno, EINVAL);
	log = log_end();
	if (!strstr(log, text))
		fail_msg("not '%s': %s", text, log);
}

static void opens(void)
{
	open_store(&store);
	store_close(&store);
}

static void another_range_is_refused_by_name(void **state)
{
	struct config was;

	(void)state;
	opens();
	was = config;
	assert_int_equal(prefix6_parse("2001:db8:fffe::/64", &config.users_pool.link), 0);
	refused("users.leases: its leases have link 2001:db8:ffff::/64, [pool users] has "
		"2001:db8:fffe::/64");
	config = was;
	assert_int_equal(prefix6_parse("2001:db8:1000::/40", &config.users_pool.prefix),
			 0);
	refused("its leases have prefix 2001:db8:1000::/36, [pool users] has "
		"2001:db8:1000::/40");
	config.users_pool.prefix.len = 0;
	refused("its leases have prefix 2001:db8:1000::/36, [pool users] has none");
	config = was;
	config.users_pool.delegate = 60;
	refused("its leases have delegate 56, [pool users] has 60");
	config = was;
	config.anonymous_pool.link.len = 60;
	refused("anonymous.leases: its leases have link 2001:db8:a::/64, [pool "
		"anonymous] "
		"has 2001:db8:a::/60");
	config = was;
	opens();
}

static void a_prefix_may_be_added_once(void **state)
{
	struct prefix6 prefix = config.users_pool.prefix;
	struct table t;
	char path[PATH_MAX];

	(void)state;
	config.users_pool.prefix.len = 0;
	opens();
	config.users_pool.prefix = prefix;
	path_of("users.leases", path);
	assert_int_equal(table_open_for(&t, path, POOL_USERS, TABLE_READ), 0);
	/* a reader records nothing */
	assert_int_equal(ranges_check(&t, &config, RANGES_MOVE), 0);
	assert_int_equal(t.ranges.prefix.len, 0);
	table_close(&t);
	opens();
	config.users_pool.prefix.len = 40;
	refused("its leases have prefix 2001:db8:1000::/36");
}

static void a_file_that_does_not_say_passes(void **state)
{
	(void)state;
	assert_int_equal(create_users(100), 0);
	opens();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(another_range_is_refused_by_name),
		TEST(a_prefix_may_be_added_once),
		TEST(a_file_that_does_not_say_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
