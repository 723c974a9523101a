/* SPDX-License-Identifier: MIT */
/* test_udp_policy.c - who talks UDP, what they may have, and what a template is told of it */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/policy.h"
#include "tunnel/modes.h"
#include "tunnel/tunnel.h"
#include "lib/endpoint.h"
#include "lib/prefix.h"
#include "lib/addr.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct in_addr ipv4(const char *text)
{
	struct in_addr a;

	assert_int_equal(addr_parse4(text, &a), 0);
	return a;
}

/** decide() - policy_decide() for a client whose last tunnel is not known */
static enum status decide(const struct config *config, const struct peer *peer,
			  const char *user, const struct ipc_tunnel_request *request,
			  struct policy_grant *grant)
{
	const struct policy_client client = {.peer = peer, .user = user};

	return policy_decide(config, &client, request, grant);
}

/** say_who() - the environment that tsp-udp makes; NULL: without the variable */
static void say_who(const char *proto, const char *ip, const char *port)
{
	unsetenv("PROTO");
	unsetenv("UDPREMOTEIP");
	unsetenv("UDPREMOTEPORT");
	if (proto)
		setenv("PROTO", proto, 1);
	if (ip)
		setenv("UDPREMOTEIP", ip, 1);
	if (port)
		setenv("UDPREMOTEPORT", port, 1);
	setenv("UDPLOCALIP", "198.51.100.1", 1);
	setenv("UDPLOCALPORT", "3653", 1);
}

/** identify() - from one end of a UNIX socket pair */
static int identify(int type, struct peer *peer)
{
	int pair[2], result, saved;

	assert_int_equal(socketpair(AF_UNIX, type, 0, pair), 0);
	result = peer_identify(pair[0], peer);
	saved = errno;
	close(pair[0]);
	close(pair[1]);
	errno = saved;
	return result;
}

static void the_environment_names_the_peer(void **state)
{
	struct peer peer;

	(void)state;
	say_who("UDP", "192.0.2.7", "40000");
	assert_int_equal(identify(SOCK_SEQPACKET, &peer), 0);
	assert_true(peer.udp);
	assert_false(peer.v6udpv4);
	assert_int_equal(peer.client.addr.s_addr, ipv4("192.0.2.7").s_addr);
	assert_int_equal(peer.client.port, 40000);
	assert_int_equal(peer.server.s_addr, ipv4("198.51.100.1").s_addr);
	assert_int_equal(peer.server_port, 3653);
	assert_string_equal(peer.text, "192.0.2.7:40000");
}

static void refused(int type)
{
	struct peer peer;

	assert_int_equal(identify(type, &peer), -1);
	assert_int_equal(errno, EAFNOSUPPORT);
}

static void half_an_environment_is_none(void **state)
{
	static const char *const rows[][3] = {
		{NULL, "192.0.2.7", "40000"},   {"TCP", "192.0.2.7", "40000"},
		{"UDP", NULL, "40000"},         {"UDP", "192.0.2.7", NULL},
		{"UDP", "192.0.2.07", "40000"}, {"UDP", "::1", "40000"},
		{"UDP", "192.0.2.7", "0"},      {"UDP", "192.0.2.7", "65536"},
		{"UDP", "192.0.2.7", "40000 "}, {"UDP", "", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		say_who(rows[i][0], rows[i][1], rows[i][2]);
		refused(SOCK_SEQPACKET);
	}
}

static void with_another_socket_the_environment_is_not_believed(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0), server;
	struct peer peer;

	(void)state;
	say_who("UDP", "192.0.2.7", "40000");
	refused(SOCK_STREAM);
	refused(SOCK_DGRAM);

	assert_int_equal(bind(listener, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&a, len), 0);
	server = accept(listener, NULL, NULL);
	assert_int_equal(peer_identify(server, &peer), 0);
	assert_false(peer.udp);
	assert_string_equal(peer.text, "127.0.0.1");
	close(server);
	close(client);
	close(listener);
}

static void what_may_be_had(void **state)
{
	static const struct {
		uint32_t type;
		bool able; /* UDP, and the template builds it */
		const char *address;
		enum status status;
		enum tunnel_type mode;
	} rows[] = {
		{TUNNEL_V6ANYV4, true, "10.0.0.1", STATUS_SUCCESS, TUNNEL_V6UDPV4},
		{TUNNEL_V6ANYV4, true, "198.41.0.5", STATUS_SUCCESS, TUNNEL_V6UDPV4},
		{TUNNEL_V6ANYV4, true, "198.41.0.4", STATUS_SUCCESS, TUNNEL_V6V4},
		{TUNNEL_V6ANYV4, true, NULL, STATUS_BAD_REQUEST, 0},
		{TUNNEL_V6UDPV4, true, "198.41.0.4", STATUS_SUCCESS, TUNNEL_V6UDPV4},
		{TUNNEL_V6UDPV4, true, "10.0.0.1", STATUS_SUCCESS, TUNNEL_V6UDPV4},
		{TUNNEL_V6UDPV4, true, NULL, STATUS_SUCCESS, TUNNEL_V6UDPV4},
		{TUNNEL_V6V4, true, "198.41.0.4", STATUS_SUCCESS, TUNNEL_V6V4},
		{TUNNEL_V6V4, true, "10.0.0.1", STATUS_BAD_IPV4, 0},
		{TUNNEL_V6UDPV4, false, "198.41.0.4", STATUS_TUNNEL_TYPE, 0},
		{TUNNEL_V6ANYV4, false, "198.41.0.4", STATUS_SUCCESS, TUNNEL_V6V4},
		{TUNNEL_V6ANYV4, false, "10.0.0.1", STATUS_BAD_IPV4, 0},
		{TUNNEL_V4V6, true, "198.41.0.4", STATUS_TUNNEL_TYPE, 0},
	};
	struct config config = {.anonymous_pool.present = true};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct peer peer = {.udp = true, .v6udpv4 = rows[i].able};
		struct ipc_tunnel_request request = {.type = rows[i].type};
		struct policy_grant grant;
		enum status status;

		peer.client = (struct endpoint){ipv4("198.41.0.4"), 40000};
		request.has_ipv4 = rows[i].address != NULL;
		if (rows[i].address)
			request.ipv4 = ipv4(rows[i].address);
		status = decide(&config, &peer, NULL, &request, &grant);
		if (status != rows[i].status)
			fail_msg("row %zu: %d instead of %d", i, status, rows[i].status);
		if (status != STATUS_SUCCESS)
			continue;
		assert_int_equal(grant.mode, rows[i].mode);
		assert_int_equal(grant.endpoint.addr.s_addr, peer.client.addr.s_addr);
		assert_int_equal(grant.endpoint.port,
				 rows[i].mode == TUNNEL_V6UDPV4 ? 40000 : 0);
	}
}

static void a_special_source_gets_nothing(void **state)
{
	struct config config = {.anonymous_pool.present = true};
	struct peer peer = {.udp = true, .v6udpv4 = true};
	struct ipc_tunnel_request request = {.type = TUNNEL_V6UDPV4, .has_ipv4 = 1};
	struct policy_grant grant;

	(void)state;
	peer.client = (struct endpoint){ipv4("10.0.0.1"), 40000};
	request.ipv4 = ipv4("10.0.0.1");
	assert_int_equal(decide(&config, &peer, NULL, &request, &grant), STATUS_BAD_IPV4);
}

/** declared() - a template of this text says that it builds v6udpv4 */
static bool declared(const char *text)
{
	char path[] = "/tmp/test_udp_policy.XXXXXX";
	int fd = mkstemp(path);
	bool result;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	result = modes_declared(path, TUNNEL_V6UDPV4);
	assert_true(modes_declared(path, TUNNEL_V6V4));
	unlink(path);
	return result;
}

static void a_template_declares_its_modes(void **state)
{
	static char late[8192];

	(void)state;
	assert_true(declared("#!/bin/sh\n# TSP-Modes: v6v4 v6udpv4\n"));
	assert_true(declared("# TSP-Modes:\tv6udpv4 v6v4\n"));
	assert_true(declared("# TSP-Modes:v6udpv4"));
	assert_false(declared(""));
	assert_false(declared("#!/bin/sh\nv6udpv4\n"));
	assert_false(declared("#!/bin/sh\n# TSP-Modes: v6v4\n# v6udpv4\n"));
	assert_false(declared("# TSP-Modes: v6v4\n# TSP-Modes: v6udpv4\n"));
	assert_false(declared("# TSP-Modes: v6udpv46\n"));
	assert_false(declared("# TSP-Modes:\nv6udpv4\n"));
	assert_false(declared("echo # TSP-Modes: v6udpv4\n"));
	memset(late, '\n', sizeof(late) - 1);
	memcpy(late + 4200, "# TSP-Modes: v6udpv4\n", 21);
	assert_false(declared(late));
	assert_false(modes_declared("/nowhere", TUNNEL_V6UDPV4));
}

static bool batch_declared(const char *text)
{
	char path[] = "/tmp/test_udp_policy.XXXXXX";
	int fd = mkstemp(path);
	bool result;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	result = modes_batch_declared(path);
	unlink(path);
	return result;
}

static void a_template_declares_that_it_builds_many_in_one_run(void **state)
{
	(void)state;
	assert_true(batch_declared("#!/bin/sh\n# TSP-Modes: v6v4\n# TSP-Batch: yes\n"));
	assert_true(batch_declared("# TSP-Batch:yes"));
	assert_false(batch_declared("#!/bin/sh\n# TSP-Modes: v6v4 yes\n"));
	assert_false(batch_declared("# TSP-Batch: no\n"));
	assert_false(batch_declared("# TSP-Batch: yesterday\n"));
	assert_false(batch_declared("echo # TSP-Batch: yes\n"));
	assert_false(modes_batch_declared("/nowhere"));
}

/** described() - lease @number of @pool, in UDP from 192.0.2.7:40000 */
static struct tunnel described(const struct config *config, enum pool_kind pool,
			       uint32_t number)
{
	struct lease lease = {.number = number, .owner = "alice"};
	struct tunnel tunnel;

	lease.tunnel.mode = TUNNEL_V6UDPV4;
	lease.tunnel.endpoint = (struct endpoint){ipv4("192.0.2.7"), 40000};
	tunnel_describe(config, pool, &lease, &lease.tunnel, ipv4("198.51.100.1"),
			&tunnel);
	return tunnel;
}

static void a_tunnel_in_udp(void **state)
{
	struct config config = {.udp_port = 3653};
	struct tunnel t;

	(void)state;
	assert_int_equal(prefix6_parse("2001:db8:a::/64", &config.anonymous_pool.link),
			 0);
	t = described(&config, POOL_USERS, 7);
	assert_string_equal(t.interface, "tsp7");
	assert_int_equal(t.server_port, 3653);
	t = described(&config, POOL_ANONYMOUS, 7);
	assert_string_equal(t.interface, "tspc00002079c40");
	assert_int_equal(addr6_bits(&t.ipv6.client, 64, 32), 0xc0000207);
	assert_int_equal(addr6_bits(&t.ipv6.client, 96, 16), 40000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_environment_names_the_peer),
		cmocka_unit_test(half_an_environment_is_none),
		cmocka_unit_test(with_another_socket_the_environment_is_not_believed),
		cmocka_unit_test(what_may_be_had),
		cmocka_unit_test(a_special_source_gets_nothing),
		cmocka_unit_test(a_template_declares_its_modes),
		cmocka_unit_test(a_template_declares_that_it_builds_many_in_one_run),
		cmocka_unit_test(a_tunnel_in_udp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
