/* SPDX-License-Identifier: MIT */
/* test_message.c - XML to numbers */
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/buf.h"
#include "tsp/message.h"
#include "tsp/xml.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define V4          "<address type=\"ipv4\">192.0.2.7</address>"
#define CREATE(in)  "<tunnel action=\"create\" type=\"v6v4\">" in "</tunnel>"
#define CLIENT(in)  CREATE("<client>" in "</client>")
#define ROUTER(in)  CLIENT(V4 "<router>" in "</router>")
#define ADDRESS(in) CLIENT("<address type=\"ipv4\">" in "</address>")

/** read_text() - message_read() of a literal, on a copy that it may write to */
static int read_text(const char *xml, size_t len, struct message *out)
{
	static char copy[70000];

	assert_true(len < sizeof(copy));
	memcpy(copy, xml, len);
	copy[len] = '\0';
	return message_read(copy, len, out);
}

static struct message good(const char *xml)
{
	struct message m;

	if (read_text(xml, strlen(xml), &m))
		fail_msg("refused: %s", xml);
	return m;
}

static void bad(const char *xml)
{
	struct message m;

	if (!read_text(xml, strlen(xml), &m))
		fail_msg("taken: %s", xml);
}

static void recorded_router(void **state)
{
	struct message m = good(
		"<tunnel action=\"create\" type=\"v6v4\" proxy=\"no\">\r\n <client>\r\n"
		"  <address type=\"ipv4\">127.0.0.1</address>\r\n"
		"  <keepalive interval=\"30\">\r\n    <address "
		"type=\"ipv6\">::</address>\r\n"
		"  </keepalive>\r\n  <router>\r\n   <prefix length=\"56\"/>\r\n"
		"   <dns_server>\r\n     <address "
		"type=\"dn\">ns1.example.org</address>\r\n"
		"     <address type=\"dn\">ns2.example.org</address>\r\n   "
		"</dns_server>\r\n"
		"  </router>\r\n </client>\r\n</tunnel>\r\n");

	(void)state;
	assert_int_equal(m.action, MESSAGE_CREATE);
	assert_int_equal(m.tunnel.type, TUNNEL_V6V4);
	assert_int_equal(m.tunnel.proxy, 0);
	assert_int_equal(m.tunnel.has_ipv4, 1);
	assert_int_equal(m.tunnel.ipv4.s_addr, inet_addr("127.0.0.1"));
	assert_int_equal(m.tunnel.router, 1);
	assert_int_equal(m.tunnel.prefix_len, 56);
}

static void actions_and_types(void **state)
{
	static const struct {
		const char *xml;
		enum message_action action;
		enum tunnel_type type;
	} table[] = {
		{"<tunnel action=\"accept\"></tunnel>\r\n", MESSAGE_ACCEPT, TUNNEL_NONE},
		{"<tunnel action='reject'/>", MESSAGE_REJECT, TUNNEL_NONE},
		{"<tunnel action=\"info\" type=\"v6v4\"></tunnel>", MESSAGE_INFO,
		 TUNNEL_V6V4},
		{"<tunnel action=\"delete\" type=\"v6anyv4\"><client/></tunnel>",
		 MESSAGE_DELETE, TUNNEL_V6ANYV4},
		{"<tunnel type=\"v6udpv4\" action=\"create\"><client>" V4
		 "</client></tunnel>",
		 MESSAGE_CREATE, TUNNEL_V6UDPV4},
		{"<tunnel action=\"create\" type=\"v4v6\"><client><address type=\"ipv6\">"
		 "2001:db8::1</address></client></tunnel>",
		 MESSAGE_CREATE, TUNNEL_V4V6},
		{"<tunnel action=\"create\" type=\"gre\"><client/></tunnel>",
		 MESSAGE_CREATE, TUNNEL_NONE},
		{"<tunnel action=\"create\"><client/></tunnel>", MESSAGE_CREATE,
		 TUNNEL_NONE},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct message m = good(table[i].xml);

		assert_int_equal(m.action, table[i].action);
		assert_int_equal(m.tunnel.type, table[i].type);
	}
}

static void spaces_and_strangers(void **state)
{
	static const char *const table[] = {
		"\r\n\t <tunnel\r\n action = \"create\"\ttype='v6v4' ><client >\n" V4
		"</client\n></tunnel >\n\n",
		ADDRESS("\r\n  192.0.2.7\r\n "),
		CLIENT(V4 "<keepalive interval=\"30\"/>"),
		CLIENT(V4 "<keepalive interval=\"30\"><address type=\"ipv6\">::</address>"
			  "</keepalive>"),
		CLIENT("<hat colour=\"red\"><address "
		       "type=\"ipv4\">10.0.0.1</address></hat>" V4),
		CLIENT("<address type=\"mac\">0</address><address "
		       "type=\"mac\">1</address>" V4),
		CLIENT("words " V4 " words &amp; &lt;words&gt;"),
		CLIENT("<!-- <client> a-b -->" V4),
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!-- c -->" CLIENT(
			V4) "<!---->",
		"<tunnel action=\"create\" type=\"v6v4\" proxy=\"no\" lifetime=\"5\" "
		"x=\"\">"
		"<server/><client>" V4 "</client></tunnel>",
		CLIENT("<address type=\"ipv4\">192.0.2&#46;7</address>"),
		CLIENT(V4 "<name>\xc3\xa9</name>"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct message m = good(table[i]);

		assert_int_equal(m.tunnel.type, TUNNEL_V6V4);
		assert_int_equal(m.tunnel.ipv4.s_addr, inet_addr("192.0.2.7"));
		assert_int_equal(m.tunnel.router, 0);
	}
}

static void not_well_formed(void **state)
{
	static const char *const table[] = {
		"",
		" ",
		"hello",
		"<",
		"<>",
		"< tunnel/>",
		"<tunnel",
		"<tunnel>",
		"<tunnel action=\"accept\">",
		"<tunnel action=\"accept\"></tunne>",
		"<tunnel action=\"accept\"></tunnel",
		"<tunnel action=\"accept\"></tunnel>x",
		"<tunnel action=\"accept\"></tunnel><tunnel action=\"accept\"></tunnel>",
		"<tunnel action=\"accept\"/><x/>",
		"x<tunnel action=\"accept\"/>",
		"<tunnel action=accept></tunnel>",
		"<tunnel action></tunnel>",
		"<tunnel action=\"accept></tunnel>",
		"<tunnel action=\"accept\"type=\"v6v4\"/>",
		"<tunnel action=\"accept\" action=\"accept\"/>",
		"<tunnel action=\"<\"/>",
		"<tunnel action=\"accept\"></tunnel></tunnel>",
		"</tunnel>",
		"<tunnel action=\"accept\" / >",
		"<tunnel action=\"accept\"></ tunnel>",
		"<tunnel action=\"accept\"></tunnel x=\"1\">",
		"<1 action=\"accept\"></1>",
		CLIENT(V4 "<a><b></a></b>"),
		CLIENT(V4 "&bogus;"),
		CLIENT(V4 "&"),
		CLIENT(V4 "&#0;"),
		CLIENT(V4 "\x01"),
		CLIENT(V4 "\x7f"),
		CLIENT(V4 "\xfe\xff\x01"),
		CLIENT(V4 "\xff\xfe"),
		CLIENT(V4 "<![CDATA[x]]>"),
		CLIENT(V4 "<?php x ?>"),
		CLIENT(V4 "<!-- x"),
		CLIENT(V4 "<!-- x -- y -->"),
		CLIENT(V4 "<!-- x --->"),
		CLIENT(V4 "<!-->"),
		CLIENT(V4 "<!--->"),
		"<!DOCTYPE tunnel [<!ENTITY a \"accept\">]><tunnel action=\"&a;\"/>",
		"<!DOCTYPE t SYSTEM \"x\"><tunnel action=\"accept\"/>",
		"<!ELEMENT tunnel ANY><tunnel action=\"accept\"/>",
		"<?xml version=\"1.0\"?>",
		"<?xml version=\"1.0\"",
		" <?xml version=\"1.0\"?><tunnel action=\"accept\"/>",
		"<tunnel action=\"accept\"/><?xml version=\"1.0\"?>",
	};
	static const char nul[] = "<tunnel action=\"accept\"></tunnel>\0";
	struct message m;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++)
		bad(table[i]);
	assert_int_equal(read_text(nul, sizeof(nul) - 2, &m), 0);
	assert_int_equal(read_text(nul, sizeof(nul) - 1, &m), -1);
}

static void not_a_request(void **state)
{
	static const char *const table[] = {
		"<x/>",
		"<Tunnel action=\"accept\"/>",
		"<tunnel/>",
		"<tunnel action=\"\"/>",
		"<tunnel action=\"destroy\"/>",
		"<tunnel action=\"CREATE\"/>",
		"<x><tunnel action=\"accept\"/></x>",
		CREATE(""),
		CREATE("<client/>"),
		CREATE("<client></client>"),
		CREATE("<server>" V4 "</server>"),
		CREATE("<client>" V4 "</client><client>" V4 "</client>"),
		CLIENT(V4 V4),
		CLIENT(V4 "<address type=\"ipv6\">::</address><address "
			  "type=\"ipv6\">::</address>"),
		CLIENT(V4 "<keepalive interval=\"1\"/><keepalive interval=\"2\"/>"),
		CLIENT(V4 "<router/><router/>"),
		CLIENT("<address>192.0.2.7</address>"),
		CLIENT("<address type=\"ipv6\">2001:db8::1</address>"),
		ROUTER("<prefix length=\"56\"/><prefix length=\"64\"/>"),
		ROUTER("<dns_server/><dns_server/>"),
		ROUTER("<prefix length=\"\"/>"),
		ROUTER("<prefix length=\"0\"/>"),
		ROUTER("<prefix length=\"129\"/>"),
		ROUTER("<prefix length=\"-1\"/>"),
		ROUTER("<prefix length=\"+56\"/>"),
		ROUTER("<prefix length=\"56 \"/>"),
		ROUTER("<prefix length=\"/56\"/>"),
		ROUTER("<prefix length=\"4294967352\"/>"),
		"<tunnel action=\"create\" type=\"v6v4\" proxy=\"maybe\"><client>" V4
		"</client></tunnel>",
		"<tunnel action=\"info\"><client/><client/></tunnel>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++)
		bad(table[i]);
}

/* no IPv4 address by its text: the broker shall answer 501, not the session 500 */
static void wrong_addresses_pass_as_none(void **state)
{
	static const char *const table[] = {
		"1.2.3.999",
		"",
		"  ",
		"1.2.3",
		"1.2.3.4.5",
		"192.000.002.007",
		"2001:db8::1",
		"localhost",
		"1.2.3.4 5",
		"111.111.111.1111",
		"<b>1.2.3.4</b>",
		"1.2.<!---->3.4",
	};
	char xml[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct message m;

		snprintf(xml, sizeof(xml), ADDRESS("%s"), table[i]);
		m = good(xml);
		assert_int_equal(m.tunnel.has_ipv4, 1);
		assert_int_equal(m.tunnel.ipv4.s_addr, INADDR_ANY);
	}
}

static void prefixes(void **state)
{
	(void)state;
	assert_int_equal(good(ROUTER("")).tunnel.router, 1);
	assert_int_equal(good(ROUTER("")).tunnel.prefix_len, 0);
	assert_int_equal(good(ROUTER("<prefix/>")).tunnel.prefix_len, 0);
	assert_int_equal(good(ROUTER("<prefix length=\"1\"/>")).tunnel.prefix_len, 1);
	assert_int_equal(
		good(ROUTER("<prefix length=\"128\"></prefix>")).tunnel.prefix_len, 128);
	assert_int_equal(good(CLIENT(V4)).tunnel.router, 0);
	assert_int_equal(
		good("<tunnel action=\"create\" type=\"v6v4\" proxy=\"yes\"><client>" V4
		     "</client></tunnel>")
			.tunnel.proxy,
		1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_router),
		cmocka_unit_test(actions_and_types),
		cmocka_unit_test(spaces_and_strangers),
		cmocka_unit_test(not_well_formed),
		cmocka_unit_test(not_a_request),
		cmocka_unit_test(wrong_addresses_pass_as_none),
		cmocka_unit_test(prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
