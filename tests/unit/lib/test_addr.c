/* SPDX-License-Identifier: MIT */
/* test_addr.c - addresses, prefixes, endpoints, fixed buffers */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "lib/addr.h"
#include "lib/buf.h"
#include "lib/endpoint.h"
#include "lib/prefix.h"

static struct in6_addr a6(const char *text)
{
	struct in6_addr a;

	assert_int_equal(addr_parse6(text, &a), 0);
	return a;
}

static void assert_a6(struct in6_addr a, const char *text)
{
	char shown[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &a, shown, sizeof(shown));
	assert_string_equal(shown, text);
}

static void endpoints_come_back_as_they_went(void **state)
{
	static const char *const good[] = {"192.0.2.7", "192.0.2.7:1",
					   "255.255.255.255:65535"};
	static const char *const bad[] = {"",
					  "192.0.2",
					  "192.0.2.7:",
					  "192.0.2.7:0",
					  "192.0.2.7:65536",
					  "192.0.2.7:1 ",
					  ":1",
					  "192.0.2.07",
					  "1922.0.2.7777777:1"};
	char text[ENDPOINT_LEN];
	struct endpoint e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(endpoint_parse(good[i], &e), 0);
		endpoint_format(&e, text);
		assert_string_equal(text, good[i]);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(endpoint_parse(bad[i], &e), -1);
}

static void addresses_are_written_as_the_c_library_does(void **state)
{
	enum { COUNT = 5 };
	static const unsigned char values[COUNT] = {0x00, 0x01, 0x10, 0xab, 0xff};
	char text[INET6_ADDRSTRLEN], wanted[INET6_ADDRSTRLEN];
	struct in6_addr a;
	struct in_addr b;
	unsigned groups, v, i;

	(void)state;
	for (groups = 0; groups < 256; groups++) { /* bit i: group i is not 0 */
		for (v = 0; v < COUNT * COUNT; v++) {
			for (i = 0; i < 16; i++)
				a.s6_addr[i] =
					groups >> i / 2 & 1
						? values[i % 2 ? v % COUNT : v / COUNT]
						: 0;
			inet_ntop(AF_INET6, &a, wanted, sizeof(wanted));
			assert_int_equal(addr_format6(&a, text), strlen(wanted));
			assert_string_equal(text, wanted);
			memcpy(&b, a.s6_addr, sizeof(b));
			inet_ntop(AF_INET, &b, wanted, sizeof(wanted));
			assert_int_equal(addr_format4(b, text), strlen(wanted));
			assert_string_equal(text, wanted);
		}
	}
}

static void halves_are_in_host_order(void **state)
{
	struct in6_addr a = a6("2001:db8:1:2:3:4:5:6");

	(void)state;
	assert_true(addr6_half(&a, 0) == 0x20010db800010002);
	assert_true(addr6_half(&a, 1) == 0x0003000400050006);
}

static void prefixes_have_zeros_behind_them(void **state)
{
	struct prefix6 p6;
	struct prefix4 p4;

	(void)state;
	assert_int_equal(prefix6_parse("2001:db8::/36", &p6), 0);
	assert_int_equal(p6.len, 36);
	assert_int_equal(prefix6_parse("2001:db8:800::/36", &p6), -1);
	assert_int_equal(prefix6_parse("2001:db8:1000::/36", &p6), 0);
	assert_int_equal(prefix6_parse("2001:db8::", &p6), -1);
	assert_int_equal(prefix6_parse("2001:db8::/129", &p6), -1);
	assert_int_equal(prefix6_parse("2001:db8::/-1", &p6), -1);
	assert_int_equal(prefix4_parse("10.0.0.0/8", &p4), 0);
	assert_int_equal(prefix4_parse("10.0.0.1/8", &p4), -1);
	assert_int_equal(prefix4_parse("10.0.0.1/32", &p4), 0);
	assert_int_equal(prefix4_parse("0.0.0.0/0", &p4), 0);
	assert_int_equal(prefix4_parse("10.0.0.0/33", &p4), -1);
}

static void containment_follows_the_bits(void **state)
{
	struct prefix6 p, q;
	struct in6_addr in = a6("2001:db8:1fff:ffff::1"), out = a6("2001:db8:2000::");
	struct prefix4 p4;
	struct in_addr a4;

	(void)state;
	assert_int_equal(prefix6_parse("2001:db8:1000::/36", &p), 0);
	assert_true(prefix6_contains(&p, &in));
	assert_false(prefix6_contains(&p, &out));
	assert_int_equal(prefix6_parse("2001:db8:1f00::/40", &q), 0);
	assert_true(prefix6_overlaps(&p, &q));
	assert_true(prefix6_overlaps(&q, &p));
	assert_int_equal(prefix6_parse("2001:db8:2000::/36", &q), 0);
	assert_false(prefix6_overlaps(&p, &q));

	assert_int_equal(prefix4_parse("172.16.0.0/12", &p4), 0);
	assert_int_equal(addr_parse4("172.31.255.255", &a4), 0);
	assert_true(prefix4_contains(&p4, a4));
	assert_int_equal(addr_parse4("172.32.0.0", &a4), 0);
	assert_false(prefix4_contains(&p4, a4));
}

/* found by fuzz_index: callers are promised this one errno */
static void numbers_out_of_range_are_einval_too(void **state)
{
	struct endpoint e;
	struct prefix4 p4;
	struct prefix6 p6;

	(void)state;
	errno = 0;
	assert_int_equal(endpoint_parse("192.0.2.7:65536", &e), -1);
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_int_equal(prefix4_parse("192.0.2.0/33", &p4), -1);
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_int_equal(prefix6_parse("2001:db8::/129", &p6), -1);
	assert_int_equal(errno, EINVAL);
}

static void full_form_has_every_zero(void **state)
{
	char text[ADDR6_FULL_LEN];
	struct in6_addr a = a6("2001:db8:1:200::1");

	(void)state;
	addr_format6_full(&a, text);
	assert_string_equal(text, "2001:0db8:0001:0200:0000:0000:0000:0001");
}

static void adding_at_a_bit_steps_by_prefixes(void **state)
{
	(void)state;
	assert_a6(addr6_add(a6("2001:db8:1000::"), 1, 56), "2001:db8:1000:100::");
	assert_a6(addr6_add(a6("2001:db8:1000::"), 65536, 56), "2001:db8:1100::");
	assert_a6(addr6_add(a6("2001:db8:1000::"), 3, 60), "2001:db8:1000:30::");
	assert_a6(addr6_add(a6("2001:db8:1000::"), 5, 58), "2001:db8:1000:140::");
	assert_a6(addr6_add(a6("2001:db8::ffff"), 1, 128), "2001:db8::1:0");
	assert_int_equal(
		addr6_bits(&(struct in6_addr){.s6_addr = {0, 0x12, 0x34}}, 8, 16),
		0x1234);
	assert_int_equal(
		addr6_bits(&(struct in6_addr){.s6_addr = {0, 0x12, 0x34}}, 12, 8), 0x23);
	assert_true(addr6_half(&(struct in6_addr){.s6_addr = {1, [7] = 2, [8] = 3}}, 0) ==
		    0x0100000000000002);
	assert_true(addr6_half(&(struct in6_addr){.s6_addr = {1, [8] = 3, [15] = 4}},
			       1) == 0x0300000000000004);
}

static void buffers_remember_an_overflow(void **state)
{
	char memory[8];
	struct buf b = BUF_ON(memory);

	(void)state;
	buf_clear(&b);
	buf_text(&b, "1234567");
	assert_false(b.full);
	buf_text(&b, "8");
	assert_true(b.full);
	assert_string_equal(memory, "1234567");
	buf_clear(&b);
	buf_printf(&b, "%d", 12345678);
	assert_true(b.full);
	assert_int_equal(b.len, 0);
	buf_text(&b, "x"); /* nothing is added after an overflow */
	assert_int_equal(b.len, 0);
}

static void escaping_leaves_one_line_of_ascii(void **state)
{
	char memory[64];
	struct buf b = BUF_ON(memory);

	(void)state;
	buf_clear(&b);
	buf_escape(&b, "a\\b\n\x1b[31m\xc3\xa4", 11);
	assert_string_equal(memory, "a\\\\b\\x0a\\x1b[31m\\xc3\\xa4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endpoints_come_back_as_they_went),
		cmocka_unit_test(addresses_are_written_as_the_c_library_does),
		cmocka_unit_test(halves_are_in_host_order),
		cmocka_unit_test(prefixes_have_zeros_behind_them),
		cmocka_unit_test(containment_follows_the_bits),
		cmocka_unit_test(numbers_out_of_range_are_einval_too),
		cmocka_unit_test(full_form_has_every_zero),
		cmocka_unit_test(adding_at_a_bit_steps_by_prefixes),
		cmocka_unit_test(buffers_remember_an_overflow),
		cmocka_unit_test(escaping_leaves_one_line_of_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
