/* SPDX-License-Identifier: MIT */
/* test_server_end.c - what clients are told, and where tunnels end at this machine */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "lib/addr.h"
#include "tunnel/server_end.h"
#include "tunnel/tunnel.h"

static struct config config;
static struct lease lease;

static struct in_addr a4(const char *text)
{
	struct in_addr a;

	assert_int_equal(addr_parse4(text, &a), 0);
	return a;
}

static int prepare(void **state)
{
	(void)state;
	memset(&config, 0, sizeof(config));
	memset(&lease, 0, sizeof(lease));
	lease.tunnel.mode = TUNNEL_V6V4;
	lease.tunnel.endpoint.addr = a4("127.1.2.3");
	return 0;
}

/** ends() - a tunnel of a client that connected to @server has these ends */
static void ends(const char *server, const char *told, const char *local)
{
	struct tunnel t;

	tunnel_describe(&config, POOL_ANONYMOUS, &lease, &lease.tunnel, a4(server), &t);
	assert_int_equal(t.server_ipv4.s_addr, a4(told).s_addr);
	assert_int_equal(t.local_ipv4.s_addr, a4(local).s_addr);
}

static void without_keys_the_connection_decides_then_the_route(void **state)
{
	(void)state;
	server_end_settle(&config);
	ends("192.0.2.7", "192.0.2.7", "192.0.2.7");
	ends("0.0.0.0", "127.0.0.1", "127.0.0.1");
}

static void an_address_of_this_machine_is_both(void **state)
{
	(void)state;
	config.address = a4("127.0.0.9");
	server_end_settle(&config);
	ends("127.0.0.1", "127.0.0.9", "127.0.0.9");
	ends("0.0.0.0", "127.0.0.9", "127.0.0.9");
}

static void a_translated_address_is_only_told(void **state)
{
	(void)state;
	config.address = a4("198.51.100.1");
	server_end_settle(&config);
	ends("127.0.0.5", "198.51.100.1", "127.0.0.5");
	ends("0.0.0.0", "198.51.100.1", "127.0.0.1");
}

static void a_lease_knows_its_end_unless_it_is_the_translated_address(void **state)
{
	(void)state;
	config.address = a4("198.51.100.1");
	server_end_settle(&config);
	lease.tunnel.server = a4("127.0.0.7");
	ends("127.0.0.5", "198.51.100.1", "127.0.0.7");
	lease.tunnel.server = a4("198.51.100.1");
	ends("127.0.0.5", "198.51.100.1", "127.0.0.1");
}

static void a_lease_whose_address_is_gone_ends_at_that_of_the_route(void **state)
{
	(void)state;
	server_end_settle(&config);
	lease.tunnel.server = a4("198.51.100.77");
	ends("127.0.0.5", "127.0.0.1", "127.0.0.1");
	ends("0.0.0.0", "127.0.0.1", "127.0.0.1");
	config.address = a4("198.51.100.1");
	ends("0.0.0.0", "198.51.100.1", "127.0.0.1");
}

static void local_decides(void **state)
{
	(void)state;
	config.local = a4("10.0.0.5");
	server_end_settle(&config);
	ends("127.0.0.5", "10.0.0.5", "10.0.0.5");
	config.address = a4("127.0.0.1");
	server_end_settle(&config);
	ends("0.0.0.0", "127.0.0.1", "10.0.0.5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(without_keys_the_connection_decides_then_the_route,
				       prepare),
		cmocka_unit_test_setup(an_address_of_this_machine_is_both, prepare),
		cmocka_unit_test_setup(a_translated_address_is_only_told, prepare),
		cmocka_unit_test_setup(
			a_lease_knows_its_end_unless_it_is_the_translated_address,
			prepare),
		cmocka_unit_test_setup(
			a_lease_whose_address_is_gone_ends_at_that_of_the_route, prepare),
		cmocka_unit_test_setup(local_decides, prepare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
