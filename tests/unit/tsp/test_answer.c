/* SPDX-License-Identifier: MIT */
/* test_answer.c - a server's XML to numbers, as many servers may write it */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/config.h"
#include "tsp/answer.h"
#include "tsp/frame.h"

#define SERVER                                                                           \
	"<server><address type=\"ipv4\">192.0.2.1</address>"                             \
	"<address type=\"ipv6\">2001:db8::1</address></server>"
#define INFO(in)   "<tunnel action=\"info\" type=\"v6v4\">" in "</tunnel>"
#define CLIENT(in) INFO(SERVER "<client>" in "</client>")

static int read_text(const char *xml, struct answer_offer *out)
{
	char copy[4096];

	strcpy(copy, xml);
	return answer_offer_read(copy, strlen(copy), out);
}

static struct answer_offer good(const char *xml)
{
	struct answer_offer o;

	if (read_text(xml, &o))
		fail_msg("refused: %s", xml);
	return o;
}

static void bad(const char *xml)
{
	struct answer_offer o;

	if (!read_text(xml, &o))
		fail_msg("taken: %s", xml);
}

static void is_ipv6(const struct in6_addr *a, const char *text)
{
	char out[INET6_ADDRSTRLEN];

	assert_string_equal(inet_ntop(AF_INET6, a, out, sizeof(out)), text);
}

static void recorded_router(void **state)
{
	struct answer_offer o = good(
		"<tunnel action=\"info\" type=\"v6udpv4\" lifetime=\"1440\">\r\n "
		"<server>\r\n"
		"  <address type=\"ipv4\">10.9.0.1</address>\r\n  <address type=\"ipv6\">"
		"2001:0db8:ffff:0000:0000:0000:0000:0326</address>\r\n </server>\r\n"
		" <client>\r\n  <address type=\"ipv4\">10.9.0.2</address>\r\n"
		"  <address "
		"type=\"ipv6\">2001:0db8:ffff:0000:0000:0000:0000:0327</address>\r\n"
		"  <address type=\"dn\">alice.tsp.example</address>\r\n  <dns_server>\r\n"
		"   <address "
		"type=\"ipv6\">2001:0db8:0000:0000:0000:0000:0000:0053</address>\r\n"
		"  </dns_server>\r\n  <keepalive interval=\"30\">\r\n   <address "
		"type=\"ipv6\">"
		"2001:0db8:ffff:0000:0000:0000:0000:0326</address>\r\n  </keepalive>\r\n"
		"  <router>\r\n   <prefix "
		"length=\"56\">2001:0db8:1001:9300:0000:0000:0000:0000"
		"</prefix>\r\n  </router>\r\n </client>\r\n</tunnel>\r\n");

	(void)state;
	assert_int_equal(o.type, TUNNEL_V6UDPV4);
	assert_int_equal(o.lifetime_minutes, 1440);
	assert_int_equal(o.keepalive_seconds, 30);
	assert_int_equal(ntohl(o.server_ipv4.s_addr), 0x0a090001);
	assert_int_equal(ntohl(o.client_ipv4.s_addr), 0x0a090002);
	is_ipv6(&o.server_ipv6, "2001:db8:ffff::326");
	is_ipv6(&o.client_ipv6, "2001:db8:ffff::327");
	is_ipv6(&o.keepalive, "2001:db8:ffff::326");
	is_ipv6(&o.dns, "2001:db8::53");
	is_ipv6(&o.prefix.addr, "2001:db8:1001:9300::");
	assert_int_equal(o.prefix.len, 56);
	assert_string_equal(o.name, "alice.tsp.example");
}

static void markup_that_older_clients_choke_on(void **state)
{
	struct answer_offer o = good(
		"<?xml version='1.0'?>\n<!-- a comment -->\n<tunnel action='info' "
		"type='v6v4' new=\"1\">" SERVER "<client>\n <address type = 'ipv6' >\n\t "
		"2001:db8::2 \n</address><unknown "
		"x='1'/><keepalive/></client></tunnel>\n");

	(void)state;
	assert_int_equal(o.type, TUNNEL_V6V4);
	is_ipv6(&o.client_ipv6, "2001:db8::2");
	assert_int_equal(o.keepalive_seconds, 0);
}

static void names_are_of_a_set(void **state)
{
	static const char *const none[] = {"a b",     "$(id)", "a;b", "-rf",     "a/b",
					   "a&#10;b", "'",     "",    "a&quot;b"};
	char xml[1024];
	size_t i;

	(void)state;
	assert_string_equal(good(CLIENT("<address type='dn'>a_b@c+d-e.f</address>")).name,
			    "a_b@c+d-e.f");
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		snprintf(xml, sizeof(xml), CLIENT("<address type='dn'>%s</address>"),
			 none[i]);
		assert_string_equal(good(xml).name, "");
	}
}

static void no_offer(void **state)
{
	(void)state;
	bad("");
	bad("200 Success");
	bad("<tunnel action=\"info\" type=\"v6v4\"></tunnel>");
	bad("<tunnel action=\"create\" type=\"v6v4\">" SERVER
	    "<client></client></tunnel>");
	bad("<tunnel type=\"v6v4\">" SERVER "<client></client></tunnel>");
	bad(INFO(SERVER));
	bad(INFO("<client></client>"));
	bad(INFO(SERVER SERVER "<client></client>"));
	bad(CLIENT("<address type='ipv6'>2001:db8::g</address>"));
	bad(CLIENT("<address type='ipv6'>2001:db8::1%eth0</address>"));
	bad(CLIENT("<address type='ipv6'></address>"));
	bad(CLIENT("<address type='ipv4'>192.0.2</address>"));
	bad(CLIENT(
		"<address type='ipv6'>::1</address><address type='ipv6'>::2</address>"));
	bad(CLIENT("<keepalive interval='-1'/>"));
	bad(CLIENT("<keepalive interval='4294967296'/>"));
	bad(CLIENT("<router><prefix length='0'>::</prefix></router>"));
	bad(CLIENT("<router><prefix length='129'>::</prefix></router>"));
	bad(CLIENT("<router><prefix>2001:db8::</prefix></router>"));
	bad(CLIENT("<router><prefix length='32'>2001:db8::1</prefix></router>"));
	bad("<tunnel action=\"info\" type=\"v6v4\">" SERVER "<client></client>");
	bad("<!DOCTYPE t [<!ENTITY a 'b'>]>" CLIENT(""));
}

static int brokers(const char *xml, struct answer_brokers *out)
{
	char copy[8192];

	strcpy(copy, xml);
	return answer_brokers_read(copy, strlen(copy), out);
}

static void other_brokers(void **state)
{
	struct answer_brokers b;
	char many[4096] = "<tunnel action=\"info\">";
	int i;

	(void)state;
	assert_int_equal(
		brokers("<tunnel action=\"list\" type=\"broker\"><broker><address "
			"type=\"ipv4\">192.0.2.9</address></broker><broker><address "
			"type=\"ipv6\">2001:db8::9</address></broker><broker><address "
			"type=\"dn\">b.example</address></broker><broker><address "
			"type=\"dn\">-b;reboot</address></broker></tunnel>",
			&b),
		0);
	assert_int_equal(b.count, 2);
	assert_int_equal(b.list[0].kind, BROKER_IPV4);
	assert_int_equal(ntohl(b.list[0].ipv4.s_addr), 0xc0000209);
	assert_int_equal(b.list[1].kind, BROKER_NAME);
	assert_string_equal(b.list[1].name, "b.example");

	for (i = 0; i < 20; i++)
		strcat(many,
		       "<broker><address type=\"ipv4\">192.0.2.9</address></broker>");
	strcat(many, "</tunnel>");
	assert_int_equal(brokers(many, &b), 0);
	assert_int_equal(b.count, ANSWER_BROKERS_MAX);
	assert_int_equal(brokers("<broker></broker>", &b), -1);
	assert_int_equal(brokers("<tunnel></tunnel>", &b), 0);
	assert_int_equal(b.count, 0);
}

static int status(const char *line)
{
	unsigned n = 0;

	return frame_status(line, strlen(line), &n) ? -1 : (int)n;
}

static void status_lines(void **state)
{
	(void)state;
	assert_int_equal(status("200 Success"), 200);
	assert_int_equal(status("200"), 200);
	assert_int_equal(status("1301 No more tunnels"), 1301);
	assert_int_equal(status("599 x"), 599);
	assert_int_equal(status("220 mail.example ESMTP"), -1);
	assert_int_equal(status("600 x"), -1);
	assert_int_equal(status("1600 x"), -1);
	assert_int_equal(status("999 x"), -1);
	assert_int_equal(status("20 Success"), -1);
	assert_int_equal(status("2000 x"), -1);
	assert_int_equal(status("099 x"), -1);
	assert_int_equal(status("12345 x"), -1);
	assert_int_equal(status("Success"), -1);
	assert_int_equal(status("+200 x"), -1);
	assert_int_equal(status(""), -1);
	assert_int_equal(frame_status("2\0000 x", 6, &(unsigned){0}), -1);
}

static void capability_lines(void **state)
{
	static const char line[] = "CAPABILITY TUNNEL=V6V4 TUNNEL=V6UDPV4 X=Y AUTH=PLAIN "
				   "AUTH=digest-md5 AUTH=PASSDSS-3DES-1 nonsense";
	struct frame_capability c;

	(void)state;
	assert_int_equal(frame_capability(line, sizeof(line) - 1, &c), 0);
	assert_int_equal(c.types, 1u << TUNNEL_V6V4 | 1u << TUNNEL_V6UDPV4);
	assert_int_equal(c.mechanisms, MECHANISM_PLAIN | MECHANISM_DIGEST_MD5);
	assert_int_equal(frame_capability("CAPABILITY", 10, &c), 0);
	assert_int_equal(c.types | c.mechanisms, 0);
	assert_int_equal(frame_capability("302 Unsupported", 15, &c), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_router),
		cmocka_unit_test(markup_that_older_clients_choke_on),
		cmocka_unit_test(names_are_of_a_set),
		cmocka_unit_test(no_offer),
		cmocka_unit_test(other_brokers),
		cmocka_unit_test(status_lines),
		cmocka_unit_test(capability_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
