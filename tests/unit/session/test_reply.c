/* SPDX-License-Identifier: MIT */
/* test_reply.c - what clients get to read, byte for byte */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "session/reply.h"
#include "tsp/capability.h"

static char text[REPLY_SIZE];
static struct buf reply;
static struct config config;
static struct ipc_tunnel tunnel;

static int fresh(void **state)
{
	(void)state;
	reply = (struct buf)BUF_ON(text);
	buf_clear(&reply);
	memset(&config, 0, sizeof(config));
	memset(&tunnel, 0, sizeof(tunnel));
	tunnel.type = TUNNEL_V6V4;
	tunnel.lifetime_minutes = 1440;
	tunnel.server_ipv4.s_addr = inet_addr("192.0.2.1");
	tunnel.client_ipv4.s_addr = inet_addr("192.0.2.7");
	inet_pton(AF_INET6, "2001:db8:ffff::2", &tunnel.server_ipv6);
	inet_pton(AF_INET6, "2001:db8:ffff::3", &tunnel.client_ipv6);
	return 0;
}

/** expect_framed() - the reply is @body with its length before it */
static void expect_framed(const char *body)
{
	char whole[REPLY_SIZE];

	snprintf(whole, sizeof(whole), "Content-length: %zu\r\n%s", strlen(body), body);
	assert_string_equal(text, whole);
	assert_false(reply.full);
}

static void capability(void **state)
{
	(void)state;
	config.mechanisms = MECHANISM_ANONYMOUS | MECHANISM_PLAIN | MECHANISM_DIGEST_MD5;
	capability_write(&reply, config.mechanisms, false);
	assert_string_equal(text, "CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS AUTH=PLAIN "
				  "AUTH=DIGEST-MD5\r\n");
	buf_clear(&reply);
	config.mechanisms = MECHANISM_PLAIN;
	capability_write(&reply, config.mechanisms, false);
	assert_string_equal(text, "CAPABILITY TUNNEL=V6V4 AUTH=PLAIN\r\n");
}

static void base64_line(void **state)
{
	(void)state;
	reply_base64(&reply, (const uint8_t *)"rspauth=34ca9c9024b4721e0c965bc1767cd428",
		     40);
	assert_string_equal(
		text, "cnNwYXV0aD0zNGNhOWM5MDI0YjQ3MjFlMGM5NjViYzE3NjdjZDQyOA==\r\n");
}

static void offer_to_host(void **state)
{
	(void)state;
	assert_int_equal(reply_offer(&reply, &config, &tunnel), 0);
	expect_framed(
		"200 Success\r\n"
		"<tunnel action=\"info\" type=\"v6v4\" lifetime=\"1440\">\r\n"
		" <server>\r\n"
		"  <address type=\"ipv4\">192.0.2.1</address>\r\n"
		"  <address "
		"type=\"ipv6\">2001:0db8:ffff:0000:0000:0000:0000:0002</address>\r\n"
		" </server>\r\n"
		" <client>\r\n"
		"  <address type=\"ipv4\">192.0.2.7</address>\r\n"
		"  <address "
		"type=\"ipv6\">2001:0db8:ffff:0000:0000:0000:0000:0003</address>\r\n"
		" </client>\r\n"
		"</tunnel>\r\n");
}

static void offer_to_router(void **state)
{
	(void)state;
	tunnel.keepalive_seconds = 30;
	inet_pton(AF_INET6, "2001:db8:ffff:0:8000::1234", &tunnel.keepalive);
	tunnel.prefix.len = 56;
	inet_pton(AF_INET6, "2001:db8:aaaa:bb00::", &tunnel.prefix.addr);
	strcpy(tunnel.name, "alice.tsp.example");
	config.dns_count = 2;
	inet_pton(AF_INET6, "2001:db8::53", &config.dns[0]);
	inet_pton(AF_INET6, "2001:db8::54", &config.dns[1]);

	assert_int_equal(reply_offer(&reply, &config, &tunnel), 0);
	expect_framed(
		"200 Success\r\n"
		"<tunnel action=\"info\" type=\"v6v4\" lifetime=\"1440\">\r\n"
		" <server>\r\n"
		"  <address type=\"ipv4\">192.0.2.1</address>\r\n"
		"  <address "
		"type=\"ipv6\">2001:0db8:ffff:0000:0000:0000:0000:0002</address>\r\n"
		" </server>\r\n"
		" <client>\r\n"
		"  <address type=\"ipv4\">192.0.2.7</address>\r\n"
		"  <address "
		"type=\"ipv6\">2001:0db8:ffff:0000:0000:0000:0000:0003</address>\r\n"
		"  <address type=\"dn\">alice.tsp.example</address>\r\n"
		"  <dns_server>\r\n"
		"   <address "
		"type=\"ipv6\">2001:0db8:0000:0000:0000:0000:0000:0053</address>\r\n"
		"   <address "
		"type=\"ipv6\">2001:0db8:0000:0000:0000:0000:0000:0054</address>\r\n"
		"  </dns_server>\r\n"
		"  <keepalive interval=\"30\">\r\n"
		"   <address "
		"type=\"ipv6\">2001:0db8:ffff:0000:8000:0000:0000:1234</address>\r\n"
		"  </keepalive>\r\n"
		"  <router>\r\n"
		"   <prefix "
		"length=\"56\">2001:0db8:aaaa:bb00:0000:0000:0000:0000</prefix>\r\n"
		"  </router>\r\n"
		" </client>\r\n"
		"</tunnel>\r\n");
}

static void largest_offer_fits(void **state)
{
	(void)state;
	memset(tunnel.name, 'n', sizeof(tunnel.name) - 1);
	tunnel.keepalive_seconds = UINT32_MAX;
	tunnel.lifetime_minutes = UINT32_MAX;
	tunnel.prefix.len = 128;
	config.dns_count = CONFIG_LIST_MAX;
	assert_int_equal(reply_offer(&reply, &config, &tunnel), 0);
	assert_false(reply.full);
}

/* "type" in an offer is concrete: anything else sends clients into a loop */
static void offer_of_no_type(void **state)
{
	(void)state;
	tunnel.type = TUNNEL_V6ANYV4;
	assert_int_equal(reply_offer(&reply, &config, &tunnel), -1);
	tunnel.type = TUNNEL_NONE;
	assert_int_equal(reply_offer(&reply, &config, &tunnel), -1);
	tunnel.type = TUNNEL_TYPES;
	assert_int_equal(reply_offer(&reply, &config, &tunnel), -1);
	assert_int_equal(reply.len, 0);
}

static void statuses(void **state)
{
	struct ipc_result result = {.status = STATUS_AUTH_FAILED};

	(void)state;
	reply_line(&reply, &config, &result);
	assert_string_equal(text, "300 Authentication failed\r\n");

	buf_clear(&reply);
	result = (struct ipc_result){.status = STATUS_BAD_IPV4,
				     .has_seen = 1,
				     .seen.s_addr = inet_addr("192.0.2.7")};
	reply_status(&reply, &config, &result);
	expect_framed(
		"501 Invalid IPv4 address: this connection comes from 192.0.2.7\r\n");
}

#define LIST                                                                             \
	"<tunnel action=\"list\" type=\"broker\">\r\n"                                   \
	" <broker>\r\n  <address type=\"dn\">ts2.example.net</address>\r\n "             \
	"</broker>\r\n"                                                                  \
	" <broker>\r\n  <address type=\"ipv4\">198.51.100.2</address>\r\n </broker>\r\n" \
	" <broker>\r\n  <address type=\"ipv6\">2001:0db8:0000:0000:0000:0000:0000:0002"  \
	"</address>\r\n </broker>\r\n"                                                   \
	"</tunnel>\r\n"

static void redirects(void **state)
{
	struct ipc_result result = {.status = STATUS_VERSION};

	(void)state;
	config.redirect_count = 3;
	strcpy(config.redirect[0], "ts2.example.net");
	strcpy(config.redirect[1], "198.51.100.2");
	strcpy(config.redirect[2], "2001:db8::2");

	reply_line(&reply, &config, &result);
	assert_string_equal(text, "1302 Unsupported client version\r\n" LIST);
	buf_clear(&reply);
	result.status = STATUS_BUSY;
	reply_status(&reply, &config, &result);
	expect_framed("1530 Server too busy\r\n" LIST);
	buf_clear(&reply);
	result.status = STATUS_BAD_REQUEST; /* would be the same everywhere */
	reply_status(&reply, &config, &result);
	expect_framed("500 Invalid request format or specified length\r\n");
}

/* a list cut off in the middle would be worse than a short one */
static void long_list_stays_whole(void **state)
{
	struct ipc_result result = {.status = STATUS_NO_TUNNELS};
	size_t i;

	(void)state;
	config.redirect_count = CONFIG_LIST_MAX;
	for (i = 0; i < CONFIG_LIST_MAX; i++)
		memset(config.redirect[i], 'a', CONFIG_NAME_MAX - 1);
	reply_status(&reply, &config, &result);
	assert_false(reply.full);
	assert_true(reply.len > REPLY_SIZE - 512 && reply.len < REPLY_SIZE);
	assert_string_equal(text + reply.len - 23, " </broker>\r\n</tunnel>\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(capability, fresh),
		cmocka_unit_test_setup(base64_line, fresh),
		cmocka_unit_test_setup(offer_to_host, fresh),
		cmocka_unit_test_setup(offer_to_router, fresh),
		cmocka_unit_test_setup(largest_offer_fits, fresh),
		cmocka_unit_test_setup(offer_of_no_type, fresh),
		cmocka_unit_test_setup(statuses, fresh),
		cmocka_unit_test_setup(redirects, fresh),
		cmocka_unit_test_setup(long_list_stays_whole, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
