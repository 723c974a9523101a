/* SPDX-License-Identifier: MIT */
/* test_trust.c - which offers are taken */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/network.h"
#include "client/trust.h"
#include "lib/prefix.h"

static struct prefix6 lan; /* where this machine has a route to */
static struct settings settings;
static struct trust_link path;
static struct answer_offer offer;

/* stands in for client/network.c */
int network_overlaps(const struct prefix6 *prefix, const char *but, bool *out)
{
	assert_string_equal(but, "tspc");
	*out = prefix6_overlaps(prefix, &lan);
	return 0;
}

static struct in6_addr ipv6(const char *text)
{
	struct in6_addr a;

	assert_int_equal(inet_pton(AF_INET6, text, &a), 1);
	return a;
}

/** reset() - a host that asked for anything over UDP, and an offer that is taken */
static int reset(void **state)
{
	(void)state;
	prefix6_parse("2001:db8:ff00::/40", &lan);
	memset(&settings, 0, sizeof(settings));
	settings.mode = TUNNEL_V6ANYV4;
	settings.keepalive = true;
	settings.keepalive_interval = 30;
	settings.prefix_len = 56;
	strcpy(settings.if_v6v4, "tspc");
	strcpy(settings.if_v6udpv4, "tspc");
	path = (struct trust_link){.server.s_addr = htonl(0xc0000201), .udp = true};
	memset(&offer, 0, sizeof(offer));
	offer.type = TUNNEL_V6UDPV4;
	offer.server_ipv4 = path.server;
	offer.client_ipv6 = ipv6("2001:db8:1::2");
	offer.server_ipv6 = ipv6("2001:db8:1::1");
	offer.keepalive = offer.server_ipv6;
	offer.keepalive_seconds = 30;
	return 0;
}

static void taken(void)
{
	const char *why = trust_check(&settings, &path, &offer);

	if (why)
		fail_msg("rejected: %s", why);
}

static void rejected(const char *word)
{
	const char *why = trust_check(&settings, &path, &offer);

	if (!why || !strstr(why, word))
		fail_msg("not rejected for '%s': %s", word, why ? why : "taken");
	reset(NULL);
}

static void modes(void **state)
{
	(void)state;
	taken();
	offer.type = TUNNEL_V6V4;
	taken();
	settings.mode = TUNNEL_V6V4;
	taken();
	offer.type = TUNNEL_V6UDPV4;
	rejected("not the one asked for");
	offer.type = TUNNEL_V6ANYV4;
	rejected("tspc cannot build");
	offer.type = TUNNEL_NONE;
	rejected("tspc cannot build");
	path.udp = false;
	rejected("over TCP");
}

static void the_far_end_is_the_server(void **state)
{
	(void)state;
	offer.server_ipv4.s_addr = htonl(0xc0000202);
	rejected("another machine");
	offer.server_ipv4.s_addr = 0;
	rejected("another machine");
}

static void addresses_are_global(void **state)
{
	static const char *const bad[] = {"::",      "::1",     "fe80::1",
					  "fc00::1", "ff02::1", "2002::1",
					  "4000::1", "1fff::1", "::ffff:1.2.3.4"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		offer.client_ipv6 = ipv6(bad[i]);
		rejected("not a global unicast");
		offer.server_ipv6 = ipv6(bad[i]);
		rejected("not a global unicast");
	}
	offer.server_ipv6 = offer.client_ipv6;
	rejected("the same address");
	offer.client_ipv6 = ipv6("3fff::1");
	taken();
}

static void other_routes_stay(void **state)
{
	(void)state;
	offer.client_ipv6 = ipv6("2001:db8:ff01::2");
	rejected("another route");
	offer.server_ipv6 = ipv6("2001:db8:ffff::1");
	rejected("another route");
	settings.router = true;
	prefix6_parse("2001:db8:ff12:3400::/56", &offer.prefix);
	rejected("another route");
}

static void prefixes(void **state)
{
	(void)state;
	prefix6_parse("2001:db8:2000::/36", &offer.prefix);
	taken();
	assert_int_equal(offer.prefix.len, 0); /* a host has no use for one */

	settings.router = true;
	rejected("no prefix");
	settings.router = true;
	prefix6_parse("2001:db8:1234:5600::/56", &offer.prefix);
	taken();
	prefix6_parse("2001:db8:1234:5678::/64", &offer.prefix);
	taken();
	prefix6_parse("2001:db8:1234:5678::/65", &offer.prefix);
	rejected("too long");
	settings.router = true;
	prefix6_parse("2001:db8:1234:5600::/55", &offer.prefix);
	rejected("shorter than asked for");
	settings.router = true;
	settings.prefix_len = 0;
	prefix6_parse("2600::/32", &offer.prefix);
	taken();
	prefix6_parse("2600::/31", &offer.prefix);
	rejected("shorter than asked for");
	settings.router = true;
	prefix6_parse("fd00::/56", &offer.prefix);
	rejected("global unicast");
	settings.router = true;
	prefix6_parse("2002:c000:200::/56", &offer.prefix);
	rejected("global unicast");
}

static void keepalives_are_bounded(void **state)
{
	static const uint32_t rows[][2] = {{1, 5},     {5, 5},     {600, 600},
					   {601, 600}, {~0u, 600}, {0, 30}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		offer.keepalive_seconds = rows[i][0];
		taken();
		assert_int_equal(offer.keepalive_seconds, rows[i][1]);
	}
	offer.keepalive = ipv6("fe80::1");
	taken();
	assert_memory_equal(&offer.keepalive, &offer.server_ipv6, 16);
	settings.keepalive = false;
	taken();
	assert_int_equal(offer.keepalive_seconds, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(modes, reset),
		cmocka_unit_test_setup(the_far_end_is_the_server, reset),
		cmocka_unit_test_setup(addresses_are_global, reset),
		cmocka_unit_test_setup(other_routes_stay, reset),
		cmocka_unit_test_setup(prefixes, reset),
		cmocka_unit_test_setup(keepalives_are_bounded, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
