/* SPDX-License-Identifier: MIT */
/* policy_fixture.h - a server, and requests to it */
#ifndef TESTS_UNIT_POLICY_FIXTURE_H
#define TESTS_UNIT_POLICY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "broker/policy.h"
#include "lib/addr.h"
#include "lib/prefix.h"

static inline struct in_addr ipv4(const char *text)
{
	struct in_addr a;

	assert_int_equal(addr_parse4(text, &a), 0);
	return a;
}

/** server() - both pools, prefixes of /56, loopback and TEST-NET-1 accepted */
static inline struct config server(void)
{
	struct config config;

	memset(&config, 0, sizeof(config));
	assert_int_equal(prefix4_parse("127.0.0.0/8", &config.accept[0]), 0);
	assert_int_equal(prefix4_parse("192.0.2.0/24", &config.accept[1]), 0);
	config.accept_count = 2;
	config.anonymous_pool.present = true;
	config.users_pool.present = true;
	assert_int_equal(prefix6_parse("2001:db8:1000::/36", &config.users_pool.prefix),
			 0);
	config.users_pool.delegate = 56;
	/* has no place in a configuration, and must not help anybody */
	config.anonymous_pool.prefix = config.users_pool.prefix;
	config.anonymous_pool.delegate = 56;
	return config;
}

static inline struct peer connected_from(const char *address)
{
	struct peer peer;

	memset(&peer, 0, sizeof(peer));
	peer.client.addr = ipv4(address);
	peer.client.port = 40000;
	return peer;
}

static inline struct ipc_tunnel_request ask(const char *address)
{
	struct ipc_tunnel_request request;

	memset(&request, 0, sizeof(request));
	request.type = TUNNEL_V6V4;
	if (address) {
		request.has_ipv4 = 1;
		request.ipv4 = ipv4(address);
	}
	return request;
}

/** decide() - policy_decide() for a client whose last tunnel is not known */
static inline enum status decide(const struct config *config, const struct peer *peer,
				 const char *user,
				 const struct ipc_tunnel_request *request,
				 struct policy_grant *grant)
{
	const struct policy_client client = {.peer = peer, .user = user};

	return policy_decide(config, &client, request, grant);
}

#endif
