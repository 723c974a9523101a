/* SPDX-License-Identifier: MIT */
/* test_policy_claims.c - clients that say another IPv4 address than their connection has */
#include "tests/unit/broker/policy_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** struct stale - a request from 198.41.0.5 for v6anyv4 */
struct stale {
	const char *user;
	enum tunnel_type last; /* TUNNEL_NONE: the account has had no tunnel */
	bool stale_address;
	const char *asked;
	bool good; /* taken for stale, and no sign of a NAT */
};

/** check_stale() - one request, @type over TCP or UDP */
static void check_stale(const struct stale *row, enum tunnel_type type, bool udp)
{
	struct config config = server();
	struct peer peer = connected_from("198.41.0.5");
	struct lease_tunnel last = {.mode = row->last};
	struct policy_client client = {.peer = &peer, .user = row->user};
	struct ipc_tunnel_request request = ask(row->asked);
	struct policy_grant grant;
	bool nat_served = type == TUNNEL_V6ANYV4 && udp;
	enum status status;

	peer.udp = peer.v6udpv4 = udp;
	request.type = type;
	config.stale_address = row->stale_address;
	if (row->last)
		client.last = &last;
	status = policy_decide(&config, &client, &request, &grant);
	if (!row->good && !nat_served) {
		assert_int_equal(status, STATUS_BAD_IPV4);
		return;
	}
	assert_int_equal(status, STATUS_SUCCESS);
	assert_int_equal(grant.mode, row->good ? TUNNEL_V6V4 : TUNNEL_V6UDPV4);
	assert_int_equal(grant.endpoint.addr.s_addr, peer.client.addr.s_addr);
	assert_false(grant.elsewhere);
}

/* gogoc says the first address that it found, whatever its connection has by now */
static void test_stale_addresses(void **state)
{
	static const struct stale rows[] = {
		{"alice", TUNNEL_V6V4, false, "198.41.0.4", true},
		{"alice", TUNNEL_V6V4, false, "198.41.0.9", true},
		{"alice", TUNNEL_V6V4, false, "192.168.1.2", false},
		{"alice", TUNNEL_V6V4, true, "192.168.1.2", false},
		{"alice", TUNNEL_V6V4, false, "100.64.0.1", false},
		{"alice", TUNNEL_V6V4, false, "0.0.0.0", false},
		{"alice", TUNNEL_V6UDPV4, false, "198.41.0.4", false},
		{"alice", TUNNEL_NONE, false, "198.41.0.4", false},
		{"alice", TUNNEL_NONE, true, "198.41.0.4", true},
		{NULL, TUNNEL_NONE, false, "198.41.0.4", false},
		{NULL, TUNNEL_NONE, true, "198.41.0.4", true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_stale(&rows[i], TUNNEL_V6V4, false);
		check_stale(&rows[i], TUNNEL_V6V4, true);
		check_stale(&rows[i], TUNNEL_V6ANYV4, false);
		check_stale(&rows[i], TUNNEL_V6ANYV4, true);
	}
}

/** make_template() - a template that declares @mark, as config->template */
static void make_template(struct config *config, const char *mark)
{
	FILE *f;

	strcpy(config->template, "/tmp/test_policy.XXXXXX");
	f = fdopen(mkstemp(config->template), "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n# %s\n", mark);
	if (fclose(f))
		fail_msg("%s", config->template);
}

/* a tunnel to somewhere else: only for accounts, and where it needs proof from there */
static void test_proxy(void **state)
{
	static const struct {
		const char *user;
		bool proxy, proof;
		enum tunnel_type type;
		const char *asked;
		enum status status;
	} rows[] = {
		{"alice", true, true, TUNNEL_V6V4, "198.41.0.9", STATUS_SUCCESS},
		{"alice", false, true, TUNNEL_V6V4, "198.41.0.9", STATUS_TUNNEL_TYPE},
		{NULL, true, true, TUNNEL_V6V4, "198.41.0.9", STATUS_TUNNEL_TYPE},
		{"alice", true, false, TUNNEL_V6V4, "198.41.0.9", STATUS_TUNNEL_TYPE},
		{"alice", true, true, TUNNEL_V6ANYV4, "198.41.0.9", STATUS_TUNNEL_TYPE},
		{"alice", true, true, TUNNEL_V6UDPV4, "198.41.0.9", STATUS_TUNNEL_TYPE},
		{"alice", true, true, TUNNEL_V6V4, "10.0.0.9", STATUS_BAD_IPV4},
		{"alice", true, true, TUNNEL_V6V4, "0.0.0.0", STATUS_BAD_IPV4},
	};
	struct config config = server();
	struct peer peer = connected_from("198.41.0.5");
	struct policy_grant grant;
	size_t i;

	(void)state;
	peer.v6udpv4 = true;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ipc_tunnel_request request = ask(rows[i].asked);
		enum status status;

		request.type = rows[i].type;
		request.proxy = 1;
		config.proxy = rows[i].proxy;
		make_template(&config, rows[i].proof ? "TSP-Proof: yes" : "nothing");
		status = decide(&config, &peer, rows[i].user, &request, &grant);
		assert_int_equal(status, rows[i].status);
		unlink(config.template);
		if (status != STATUS_SUCCESS)
			continue;
		assert_true(grant.elsewhere);
		assert_int_equal(grant.mode, TUNNEL_V6V4);
		assert_int_equal(grant.endpoint.addr.s_addr, request.ipv4.s_addr);
		assert_int_equal(grant.endpoint.port, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stale_addresses),
		cmocka_unit_test(test_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
