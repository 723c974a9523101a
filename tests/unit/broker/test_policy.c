/* SPDX-License-Identifier: MIT */
/* test_policy.c - who may have which tunnel */
#include "tests/unit/broker/policy_fixture.h"

static void test_types(void **state)
{
	static const struct {
		uint32_t type;
		uint8_t proxy;
		enum status status;
	} rows[] = {
		{TUNNEL_V6V4, 0, STATUS_SUCCESS},
		{TUNNEL_V6ANYV4, 0, STATUS_SUCCESS},
		{TUNNEL_V6UDPV4, 0, STATUS_TUNNEL_TYPE},
		{TUNNEL_V4V6, 0, STATUS_TUNNEL_TYPE},
		{TUNNEL_NONE, 0, STATUS_TUNNEL_TYPE},
		{TUNNEL_TYPES, 0, STATUS_TUNNEL_TYPE},
		{UINT32_MAX, 0, STATUS_TUNNEL_TYPE},
		/* for its own address a client needs no proxy */
		{TUNNEL_V6V4, 1, STATUS_SUCCESS},
		{TUNNEL_V6ANYV4, 255, STATUS_SUCCESS},
		{TUNNEL_V4V6, 1, STATUS_TUNNEL_TYPE},
	};
	struct config config = server();
	struct peer peer = connected_from("198.41.0.4");
	struct ipc_tunnel_request request = ask("198.41.0.4");
	struct policy_grant grant;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		request.type = rows[i].type;
		request.proxy = rows[i].proxy;
		memset(&grant, 0xff, sizeof(grant));
		assert_int_equal(decide(&config, &peer, NULL, &request, &grant),
				 rows[i].status);
		if (rows[i].status != STATUS_SUCCESS)
			continue;
		assert_int_equal(grant.mode, TUNNEL_V6V4);
		assert_int_equal(grant.endpoint.addr.s_addr, peer.client.addr.s_addr);
		assert_int_equal(grant.endpoint.port, 0);
		assert_int_equal(grant.prefix_len, 0);
	}
}

static void test_addresses(void **state)
{
	static const struct {
		bool static_nat;
		const char *source, *asked; /* asked NULL: the request has no address */
		enum status status;
	} rows[] = {
		/* the request must tell the truth */
		{false, "198.41.0.4", "198.41.0.4", STATUS_SUCCESS},
		{false, "198.41.0.4", "198.41.0.5", STATUS_BAD_IPV4},
		{false, "198.41.0.4", "0.0.0.0", STATUS_BAD_IPV4},
		{false, "198.41.0.4", NULL, STATUS_BAD_REQUEST},
		{true, "198.41.0.4", NULL, STATUS_BAD_REQUEST},
		/* special-purpose addresses, unless they are accepted */
		{false, "10.0.0.1", "10.0.0.1", STATUS_BAD_IPV4},
		{false, "100.64.0.1", "100.64.0.1", STATUS_BAD_IPV4},
		{false, "203.0.113.7", "203.0.113.7", STATUS_BAD_IPV4},
		{false, "127.0.0.1", "127.0.0.1", STATUS_SUCCESS},
		{false, "192.0.2.7", "192.0.2.7", STATUS_SUCCESS},
		{false, "127.0.0.1", "192.0.2.7", STATUS_BAD_IPV4},
		/* behind a NAT */
		{false, "198.41.0.4", "10.0.0.1", STATUS_BAD_IPV4},
		{true, "198.41.0.4", "10.0.0.1", STATUS_SUCCESS},
		{true, "198.41.0.4", "172.31.0.1", STATUS_SUCCESS},
		{true, "198.41.0.4", "192.168.1.2", STATUS_SUCCESS},
		{true, "198.41.0.4", "100.64.9.9", STATUS_SUCCESS},
		{true, "192.0.2.7", "192.168.1.2", STATUS_SUCCESS},
		/* a NAT does not make every address a good one */
		{true, "198.41.0.4", "198.41.0.4", STATUS_SUCCESS},
		{true, "198.41.0.4", "198.41.0.5", STATUS_BAD_IPV4},
		{true, "198.41.0.4", "127.0.0.1", STATUS_BAD_IPV4},
		{true, "198.41.0.4", "224.0.0.1", STATUS_BAD_IPV4},
		{true, "10.0.0.1", "10.0.0.1", STATUS_BAD_IPV4},
		{true, "203.0.113.7", "10.0.0.1", STATUS_BAD_IPV4},
	};
	struct config config = server();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer = connected_from(rows[i].source);
		struct ipc_tunnel_request request = ask(rows[i].asked);
		struct policy_grant grant;
		enum status status;

		config.static_nat = rows[i].static_nat;
		status = decide(&config, &peer, NULL, &request, &grant);
		if (status != rows[i].status)
			fail_msg("row %zu: %d instead of %d", i, status, rows[i].status);
		if (status == STATUS_SUCCESS) {
			assert_int_equal(grant.endpoint.addr.s_addr,
					 peer.client.addr.s_addr);
			assert_int_equal(grant.endpoint.port, 0);
		}
	}
}

static void test_prefixes(void **state)
{
	static const struct {
		const char *user;
		uint8_t router, asked;
		enum status status;
		uint8_t granted;
	} rows[] = {
		{"alice", 0, 0, STATUS_SUCCESS, 0},
		{"alice", 0, 48, STATUS_SUCCESS,
		 0}, /* a host; the length means nothing */
		{"alice", 1, 0, STATUS_SUCCESS, 56},
		{"alice", 1, 56, STATUS_SUCCESS, 56},
		{"alice", 1, 60, STATUS_SUCCESS, 60},
		{"alice", 1, 64, STATUS_SUCCESS, 64},
		{"alice", 1, 55, STATUS_PREFIX_LENGTH, 0},
		{"alice", 1, 48, STATUS_PREFIX_LENGTH, 0},
		{"alice", 1, 1, STATUS_PREFIX_LENGTH, 0},
		{"alice", 1, 65, STATUS_PREFIX_LENGTH, 0},
		{"alice", 1, 128, STATUS_PREFIX_LENGTH, 0},
		{"alice", 255, 255, STATUS_PREFIX_LENGTH, 0},
		{NULL, 0, 0, STATUS_SUCCESS, 0},
		{NULL, 0, 64, STATUS_SUCCESS, 0},
		{NULL, 1, 0, STATUS_PREFIX_LENGTH, 0},
		{NULL, 1, 64, STATUS_PREFIX_LENGTH, 0},
	};
	struct config config = server();
	struct peer peer = connected_from("198.41.0.4");
	struct ipc_tunnel_request request = ask("198.41.0.4");
	struct policy_grant grant;
	enum status status;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		request.router = rows[i].router;
		request.prefix_len = rows[i].asked;
		status = decide(&config, &peer, rows[i].user, &request, &grant);
		if (status != rows[i].status)
			fail_msg("row %zu: %d instead of %d", i, status, rows[i].status);
		if (status == STATUS_SUCCESS)
			assert_int_equal(grant.prefix_len, rows[i].granted);
	}
}

static void test_odd_delegate(void **state)
{
	struct config config = server();
	struct peer peer = connected_from("198.41.0.4");
	struct ipc_tunnel_request request = ask("198.41.0.4");
	struct policy_grant grant;

	(void)state;
	request.router = 1;
	config.users_pool.delegate = 80;
	assert_int_equal(decide(&config, &peer, "alice", &request, &grant),
			 STATUS_SUCCESS);
	assert_int_equal(grant.prefix_len, 80);
	request.prefix_len = 64;
	assert_int_equal(decide(&config, &peer, "alice", &request, &grant),
			 STATUS_PREFIX_LENGTH);
	request.prefix_len = 81;
	assert_int_equal(decide(&config, &peer, "alice", &request, &grant),
			 STATUS_PREFIX_LENGTH);

	config.users_pool.prefix.len = 0;
	request.prefix_len = 0;
	assert_int_equal(decide(&config, &peer, "alice", &request, &grant),
			 STATUS_PREFIX_LENGTH);
	request.router = 0;
	assert_int_equal(decide(&config, &peer, "alice", &request, &grant),
			 STATUS_SUCCESS);
	assert_int_equal(grant.prefix_len, 0);
}

static void test_absent_pools(void **state)
{
	struct config config = server();
	struct peer peer = connected_from("198.41.0.4");
	struct ipc_tunnel_request request = ask("198.41.0.4");
	struct policy_grant grant;

	(void)state;
	config.anonymous_pool.present = false;
	assert_int_equal(decide(&config, &peer, NULL, &request, &grant),
			 STATUS_NO_TUNNELS);
	assert_int_equal(decide(&config, &peer, "alice", &request, &grant),
			 STATUS_SUCCESS);

	config.anonymous_pool.present = true;
	config.users_pool.present = false;
	assert_int_equal(decide(&config, &peer, NULL, &request, &grant), STATUS_SUCCESS);
	assert_int_equal(decide(&config, &peer, "alice", &request, &grant),
			 STATUS_NO_TUNNELS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),        cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_prefixes),     cmocka_unit_test(test_odd_delegate),
		cmocka_unit_test(test_absent_pools),

	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
