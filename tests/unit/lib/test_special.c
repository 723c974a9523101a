/* SPDX-License-Identifier: MIT */
/* test_special.c - first and last address of every special block, and their neighbours */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/addr.h"
#include "lib/special.h"

static struct in_addr ipv4(const char *text)
{
	struct in_addr a;

	assert_int_equal(addr_parse4(text, &a), 0);
	return a;
}

static void test_blocks(void **state)
{
	static const struct {
		const char *first, *last, *name;
	} rows[] = {
		{"0.0.0.0", "0.255.255.255", "This network"},
		{"10.0.0.0", "10.255.255.255", "Private-Use"},
		{"100.64.0.0", "100.127.255.255", "Shared Address Space"},
		{"127.0.0.0", "127.255.255.255", "Loopback"},
		{"169.254.0.0", "169.254.255.255", "Link Local"},
		{"172.16.0.0", "172.31.255.255", "Private-Use"},
		{"192.0.0.0", "192.0.0.7", "IPv4 Service Continuity Prefix"},
		{"192.0.0.8", "192.0.0.8", "IPv4 dummy address"},
		{"192.0.0.11", "192.0.0.169", "IETF Protocol Assignments"},
		{"192.0.0.170", "192.0.0.171", "NAT64/DNS64 Discovery"},
		{"192.0.0.172", "192.0.0.255", "IETF Protocol Assignments"},
		{"192.0.2.0", "192.0.2.255", "Documentation (TEST-NET-1)"},
		{"192.88.99.0", "192.88.99.1", "Deprecated (6to4 Relay Anycast)"},
		{"192.88.99.2", "192.88.99.2", "6a44-relay anycast address"},
		{"192.88.99.3", "192.88.99.255", "Deprecated (6to4 Relay Anycast)"},
		{"192.168.0.0", "192.168.255.255", "Private-Use"},
		{"198.18.0.0", "198.19.255.255", "Benchmarking"},
		{"198.51.100.0", "198.51.100.255", "Documentation (TEST-NET-2)"},
		{"203.0.113.0", "203.0.113.255", "Documentation (TEST-NET-3)"},
		{"224.0.0.0", "239.255.255.255", "Multicast"},
		{"240.0.0.0", "255.255.255.254", "Reserved"},
		{"255.255.255.255", "255.255.255.255", "Limited Broadcast"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *first = special_ipv4(ipv4(rows[i].first));
		const char *last = special_ipv4(ipv4(rows[i].last));

		assert_non_null(first);
		assert_string_equal(first, rows[i].name);
		assert_non_null(last);
		assert_string_equal(last, rows[i].name);
	}
}

static void test_ordinary(void **state)
{
	static const char *const rows[] = {
		"1.0.0.0",
		"9.255.255.255",
		"11.0.0.0",
		"100.63.255.255",
		"100.128.0.0",
		"126.255.255.255",
		"128.0.0.0",
		"169.253.255.255",
		"169.255.0.0",
		"172.15.255.255",
		"172.32.0.0",
		"191.255.255.255",
		"192.0.1.0",
		"192.0.1.255",
		"192.0.3.0",
		"192.88.98.255",
		"192.88.100.0",
		"192.167.255.255",
		"192.169.0.0",
		"198.17.255.255",
		"198.20.0.0",
		"198.51.99.255",
		"198.51.101.0",
		"203.0.112.255",
		"203.0.114.0",
		"223.255.255.255",
		"8.8.8.8",
		/* special, but globally reachable */
		"192.0.0.9",
		"192.0.0.10",
		"192.31.196.1",
		"192.52.193.1",
		"192.175.48.1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = special_ipv4(ipv4(rows[i]));

		if (name)
			fail_msg("%s is taken for %s", rows[i], name);
		assert_false(special_ipv4_is_private(ipv4(rows[i])));
	}
}

static void test_private(void **state)
{
	static const struct {
		const char *address;
		bool is_private;
	} rows[] = {
		{"10.0.0.1", true},         {"10.255.255.255", true},
		{"100.64.0.1", true},       {"100.127.255.255", true},
		{"172.16.0.0", true},       {"172.31.255.255", true},
		{"192.168.0.1", true},      {"127.0.0.1", false},
		{"169.254.1.1", false},     {"192.0.2.1", false},
		{"0.0.0.0", false},         {"224.0.0.1", false},
		{"255.255.255.255", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(special_ipv4_is_private(ipv4(rows[i].address)),
				 rows[i].is_private);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_ordinary),
		cmocka_unit_test(test_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
