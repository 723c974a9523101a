/* SPDX-License-Identifier: MIT */
/*
 * test_hostile.c - every reply of every login over both transports: cut at each byte, too
 * long, out of order, and with markup on which clients of the field choke
 */
#include "tests/unit/client/hostile_server.h"

#define OFFER(type, address, more)                                                       \
	"<tunnel action=\"info\" type=\"" type "\" lifetime=\"1440\">\r\n <server>\r\n"  \
	"  <address type=\"ipv4\">192.0.2.1</address>\r\n"                               \
	"  <address type=\"ipv6\">2001:db8::1</address>\r\n </server>\r\n <client>\r\n"  \
	"  " address more "\r\n </client>\r\n</tunnel>\r\n"
#define ADDRESS "<address type=\"ipv6\">2001:db8::2</address>"
#define KEEPALIVE                                                                        \
	"<keepalive interval=\"30\"><address type=\"ipv6\">2001:db8::1</address>"        \
	"</keepalive>"
#define LIST_BEGIN   "<tunnel action=\"list\" type=\"broker\">\r\n"
#define PROOF_DIGITS 52 /* of rspauth=, 32 digits, in base64, without the last four */
#define BROKER       "<broker><address type=\"ipv4\">192.0.2.9</address></broker>\r\n"
#define LIST_END     "</tunnel>\r\n"

static struct answer_offer honest;

static const enum mechanism mechanisms[] = {MECHANISM_ANONYMOUS, MECHANISM_PLAIN,
					    MECHANISM_DIGEST_MD5};

/** for_each_server() - a check for each transport and each login */
static void for_each_server(void (*check)(void))
{
	unsigned i, udp;

	for (udp = 0; udp < 2; udp++) {
		for (i = 0; i < 3; i++) {
			hostile.way = HOSTILE_NONE;
			hostile.udp = udp;
			hostile.silent = false;
			hostile.mechanism = mechanisms[i];
			hostile.xml = OFFER("v6v4", ADDRESS, KEEPALIVE);
			check();
		}
	}
}

/** complain() - which conversation it was */
static void complain(const char *what)
{
	fail_msg("%s: %s, mechanism %u, reply %u, way %u, at %zu: %u reports, kind %u, "
		 "fault %u, status %u",
		 what, hostile.udp ? "UDP" : "TCP", hostile.mechanism, hostile.which,
		 hostile.way, hostile.at, hostile.reports, hostile.first.kind,
		 hostile.first.fault, hostile.first.status);
}

/** is_taken() - the conversation came to its end with the honest offer */
static bool is_taken(void)
{
	return hostile.reports == 2 && hostile.first.kind == REPORT_OFFER &&
	       !memcmp(&hostile.first.offer, &honest, sizeof(honest)) &&
	       hostile.last.kind == REPORT_DONE && hostile.accept_heard;
}

static void be_honest(void)
{
	hostile_converse();
	if (!honest.type)
		honest = hostile.first.offer;
	if (!is_taken() ||
	    hostile.next != hostile_replies() + !hostile.udp - !hostile.udp)
		complain("an honest server's offer is not taken");
}

static void honest_servers_are_taken(void **state)
{
	(void)state;
	for_each_server(be_honest);
	assert_int_equal(honest.keepalive_seconds, 30);
}

/** cut() - one reply ends early: a fault that says how, and never an offer */
static void cut(void)
{
	enum report_fault wanted = hostile.silent ? FAULT_SILENT : FAULT_CLOSED;

	hostile_converse();
	if (hostile.reports != 1 || hostile.first.kind != REPORT_FAULT ||
	    hostile.accept_heard)
		complain("a reply that ends early");
	if (!hostile.udp && hostile.first.fault != wanted)
		complain("the wrong fault");
	if (hostile.udp && !hostile.at && hostile.first.fault != FAULT_SILENT)
		complain("a reply that does not come is not silence");
}

static void cut_all(void)
{
	size_t len[HOSTILE_REPLIES];
	unsigned replies = hostile_replies();

	hostile_converse();
	memcpy(len, hostile.reply_len, sizeof(len));
	hostile.way = HOSTILE_CUT;
	for (hostile.which = 0; hostile.which < replies; hostile.which++) {
		for (hostile.at = 0; hostile.at < len[hostile.which]; hostile.at++) {
			hostile.silent = false;
			cut();
			hostile.silent = true;
			cut();
		}
	}
}

static void every_reply_cut_at_every_byte(void **state)
{
	(void)state;
	for_each_server(cut_all);
}

/** disorder() - one reply twice, early or late: the honest offer, or no offer */
static void disorder(void)
{
	unsigned replies = hostile_replies();

	for (hostile.way = HOSTILE_TWICE; hostile.way < HOSTILE_WAYS; hostile.way++) {
		for (hostile.which = 0; hostile.which < replies; hostile.which++) {
			hostile_converse();
			if (hostile.first.kind == REPORT_OFFER ? !is_taken()
							       : hostile.accept_heard)
				complain("replies out of order");
			if (hostile.mechanism == MECHANISM_DIGEST_MD5 &&
			    hostile.request_heard && !hostile.proven)
				complain("a request without a proof");
		}
	}
}

static void replies_out_of_order(void **state)
{
	(void)state;
	for_each_server(disorder);
}

/** pretend() - the login is said to be over before it is, and the server goes on */
static void pretend(void)
{
	if (hostile.mechanism != MECHANISM_DIGEST_MD5)
		return;
	hostile.way = HOSTILE_SWAP;
	hostile.text = HOSTILE_SUCCESS HOSTILE_SUCCESS;
	for (hostile.which = 1; hostile.which <= 2; hostile.which++) {
		hostile_converse();
		if (hostile.first.kind != REPORT_FAULT ||
		    hostile.first.fault != FAULT_UNPROVEN || hostile.request_heard)
			complain("a login without a proof");
	}
}

static void success_without_a_proof(void **state)
{
	(void)state;
	for_each_server(pretend);
}

/** flip() - a bit of the login's replies: the same offer, or none; and a proof, or no request */
static void flip(void)
{
	size_t len[HOSTILE_REPLIES];
	unsigned offer = hostile_replies() - 1 - hostile.udp;

	hostile_converse();
	memcpy(len, hostile.reply_len, sizeof(len));
	hostile.way = HOSTILE_FLIP;
	for (hostile.which = 0; hostile.which < offer; hostile.which++) {
		for (hostile.at = 0; hostile.at < len[hostile.which]; hostile.at++) {
			hostile_converse();
			if (hostile.first.kind == REPORT_OFFER ? !is_taken()
							       : hostile.accept_heard)
				complain("another offer");
			/* Of the proof's base64 the last digit has bits of no meaning */
			if (hostile.mechanism == MECHANISM_DIGEST_MD5 &&
			    hostile.which == 2 && hostile.at < PROOF_DIGITS &&
			    hostile.request_heard)
				complain("a wrong proof");
		}
	}
}

static void a_bit_of_each_reply(void **state)
{
	(void)state;
	for_each_server(flip);
}

static void lengthen(void)
{
	static char text[70001], capability[70001];
	static const char *const replies[] = {
		text,
		capability,
		"Content-length: 8193\r\n200 Success\r\n",
		"Content-length: 4294967296\r\n200 Success\r\n",
		"Content-length: 18446744073709551616\r\n200 Success\r\n",
		"Content-length: -1\r\n200 Success\r\n",
		"Content-length: 0x20\r\n200 Success\r\n",
		"2000 Success\r\n",
		"99 Success\r\n",
		"\r\n\r\n\r\n",
	};
	size_t i;

	memset(text, '2', sizeof(text) - 1);
	memset(capability, 'X', sizeof(capability) - 1);
	memcpy(capability, "CAPABILITY TUNNEL=V6V4 ", 23);
	hostile.way = HOSTILE_REPLACE;
	for (hostile.which = 0; hostile.which < hostile_replies(); hostile.which++) {
		for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
			hostile.text = replies[i];
			hostile.at = i;
			hostile_converse();
			/* What follows "accept" is not read, but that it came */
			if (hostile.udp && hostile.which + 1 == hostile_replies())
				continue;
			if (hostile.reports != 1 || hostile.first.kind == REPORT_OFFER)
				complain("an offer out of rubbish");
		}
	}
}

static void replies_that_are_too_long(void **state)
{
	(void)state;
	for_each_server(lengthen);
}

/** send_on() - a list of brokers in place of each reply, cut at each byte */
static void send_on(void)
{
	static const char whole[] =
		"1302 Elsewhere\r\n" LIST_BEGIN BROKER BROKER LIST_END;
	static char text[sizeof(whole)];

	hostile.way = HOSTILE_REPLACE;
	hostile.text = text;
	for (hostile.which = 0; hostile.which < hostile_replies(); hostile.which++) {
		if (hostile.udp && hostile.which + 1 == hostile_replies())
			break;
		/* the bare header that answers AUTHENTICATE PLAIN is not looked at */
		if (hostile.udp && hostile.mechanism == MECHANISM_PLAIN &&
		    hostile.which == 1)
			continue;
		for (hostile.at = 0; hostile.at < sizeof(whole); hostile.at++) {
			strcpy(text, whole);
			text[hostile.at] = '\0';
			hostile_converse();
			if (hostile.reports != 1 || hostile.first.kind == REPORT_OFFER)
				complain("an offer out of a list");
			if (hostile.first.kind == REPORT_STATUS &&
			    hostile.first.brokers.count &&
			    hostile.first.brokers.count != 2)
				complain("a part of a list");
		}
		assert_int_equal(hostile.first.status, 1302);
		assert_int_equal(hostile.first.brokers.count, 2);
	}
}

static void broker_lists_cut_at_every_byte(void **state)
{
	(void)state;
	for_each_server(send_on);
}

static void at_most_sixteen_brokers(void **state)
{
	static char text[8192];
	unsigned i, udp;

	(void)state;
	strcpy(text, "1302 Elsewhere\r\n" LIST_BEGIN);
	for (i = 0; i < 60; i++)
		strcat(text, BROKER);
	strcat(text, LIST_END);
	hostile.way = HOSTILE_REPLACE;
	hostile.which = 0;
	hostile.text = text;
	for (udp = 0; udp < 2; udp++) {
		hostile.udp = udp;
		hostile_converse();
		if (hostile.first.kind != REPORT_STATUS ||
		    hostile.first.brokers.count > ANSWER_BROKERS_MAX)
			complain("a long list");
	}
}

/* Offers as other servers write them, or might: those that are an offer, and those not */
static const struct markup {
	const char *xml;
	bool taken;
} markups[] = {
	{OFFER("v6v4", ADDRESS, KEEPALIVE), true},
	{"<?xml version=\"1.0\"?>\r\n" OFFER("v6v4", ADDRESS, KEEPALIVE), true},
	{"<!-- a comment --> \r\n" OFFER("v6v4", ADDRESS, KEEPALIVE), true},
	{OFFER("v6v4", ADDRESS, "<!-- one inside -->" KEEPALIVE), true},
	{OFFER("v6v4", "<address type='ipv6'>2001:db8::2</address>", KEEPALIVE), true},
	{OFFER("v6v4", "<address  type = \"ipv6\" >\r\n\t2001:db8::2\r\n</address >",
	       KEEPALIVE),
	 true},
	{OFFER("v6v4",
	       "<address type=\"ipv6\">2001:0db8:0000:0000:0000:0000:0000:0002</address>",
	       KEEPALIVE),
	 true},
	{OFFER("v6v4", ADDRESS, "<unknown><deeper/></unknown>" KEEPALIVE), true},
	{OFFER("v6v4", ADDRESS,
	       KEEPALIVE "<dns_server><address type=\"ipv6\"></address></dns_server>"),
	 true},
	{OFFER("v6v4", ADDRESS, KEEPALIVE) OFFER("v6udpv4", ADDRESS, KEEPALIVE), false},
	{OFFER("v6v4", ADDRESS ADDRESS, KEEPALIVE), false},
	{OFFER("v6v4", "<address type=\"ipv6\">2001:db8::2 ; reboot</address>", ""),
	 false},
	{OFFER("v6v4", "<address type=\"ipv6\">&#50;001:db8::2</address>", KEEPALIVE),
	 true},
	{OFFER("v6v4", "<address type=\"ipv6\"><![CDATA[2001:db8::2]]></address>", ""),
	 false},
	{"<!DOCTYPE t [<!ENTITY a \"2001:db8::2\">]>" OFFER(
		 "v6v4", "<address type=\"ipv6\">&a;</address>", KEEPALIVE),
	 false},
	{"<tunnel action=\"info\"></tunnel>", false},
	{"<tunnel>", false},
	{"</tunnel>", false},
	{"<<<<>>>>", false},
	{"", false},
};

static void markup(void)
{
	size_t i;

	for (i = 0; i < sizeof(markups) / sizeof(markups[0]); i++) {
		hostile.xml = markups[i].xml;
		hostile.at = i;
		hostile_converse();
		if (hostile.first.kind == REPORT_OFFER ? !is_taken()
						       : hostile.accept_heard)
			complain("another offer");
		if (is_taken() != markups[i].taken)
			complain(markups[i].taken ? "not taken" : "taken");
	}
}

static void markup_of_other_servers(void **state)
{
	(void)state;
	for_each_server(markup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(honest_servers_are_taken),
		cmocka_unit_test(every_reply_cut_at_every_byte),
		cmocka_unit_test(replies_out_of_order),
		cmocka_unit_test(success_without_a_proof),
		cmocka_unit_test(a_bit_of_each_reply),
		cmocka_unit_test(replies_that_are_too_long),
		cmocka_unit_test(broker_lists_cut_at_every_byte),
		cmocka_unit_test(at_most_sixteen_brokers),
		cmocka_unit_test(markup_of_other_servers),
	};

	return cmocka_run_group_tests(tests, make_users, remove_users);
}
