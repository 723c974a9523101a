/* SPDX-License-Identifier: MIT */
/*
 * test_dialogue.c - conversations with servers, among them such as no client has seen
 *
 * A server's answers are in the socket before the conversation begins, as much as it says,
 * and the end behind them: nothing waits.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/dialogue.h"
#include "client/report.h"
#include "lib/ipc.h"
#include "lib/seqpacket.h"

#define CAPABILITY                                                                       \
	"CAPABILITY TUNNEL=V6V4 TUNNEL=V6UDPV4 AUTH=ANONYMOUS AUTH=DIGEST-MD5\r\n"
#define SUCCESS "200 Success\r\n"
#define XML                                                                              \
	"<tunnel action=\"info\" type=\"v6v4\" lifetime=\"1440\">\r\n <server>\r\n"      \
	"  <address type=\"ipv4\">192.0.2.1</address>\r\n"                               \
	"  <address type=\"ipv6\">2001:db8::1</address>\r\n </server>\r\n <client>\r\n"  \
	"  <address type=\"ipv6\">2001:db8::2</address>\r\n </client>\r\n</tunnel>\r\n"
#define LIST                                                                             \
	"<tunnel action=\"list\" type=\"broker\">\r\n <broker>\r\n"                      \
	"  <address type=\"ipv4\">192.0.2.9</address>\r\n </broker>\r\n</tunnel>\r\n"

static struct settings settings;
static char said[4096]; /* what the client said */

/** framed() - a body with its length before it */
static const char *framed(const char *body)
{
	static char text[16384];

	snprintf(text, sizeof(text), "Content-length: %zu\r\n%s", strlen(body), body);
	return text;
}

/**
 * converse() - hold a conversation with a server that says this
 * @text:	All of its answers
 * @len:	Their length in bytes
 * @last:	Result: the last report
 *
 * Return: number of reports
 */
static int converse(const char *text, size_t len, struct report *last)
{
	struct dialogue_job job = {.settings = &settings, .configured = true};
	int wire[2], pair[2], reports = 0;
	struct report next;
	ssize_t n;

	memset(last, 0, sizeof(*last));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, wire), 0);
	assert_int_equal(seqpacket_pair(pair), 0);
	if (len)
		assert_int_equal(send(wire[1], text, len, 0), len);
	shutdown(wire[1], SHUT_WR);
	report_judge(pair[0], 1);
	job.fd = wire[0];
	job.main = pair[1];
	assert_int_equal(dialogue_run(&job), 0);
	shutdown(pair[1], SHUT_WR);
	while (report_receive(pair[0], &next) == 1) {
		reports++;
		*last = next;
	}
	n = recv(wire[1], said, sizeof(said) - 1, MSG_DONTWAIT);
	said[n < 0 ? 0 : n] = '\0';
	close(pair[0]);
	close(pair[1]);
	close(wire[0]);
	close(wire[1]);
	return reports;
}

static int reset(void **state)
{
	(void)state;
	memset(&settings, 0, sizeof(settings));
	settings.mode = TUNNEL_V6ANYV4;
	settings.auth = AUTH_ANONYMOUS;
	return 0;
}

/** fault_after() - the fault that a server's answers lead to; FAULT_NONE: another end */
static enum report_fault fault_after(const char *text)
{
	struct report last;

	converse(text, strlen(text), &last);
	return last.kind == REPORT_FAULT ? last.fault : FAULT_NONE;
}

static const char *conversation(const char *body)
{
	static char text[20000];

	snprintf(text, sizeof(text), CAPABILITY SUCCESS "%s", framed(body));
	return text;
}

static void a_whole_conversation(void **state)
{
	const char *text = conversation("200 Success\r\n" XML);
	struct report last;

	(void)state;
	assert_int_equal(converse(text, strlen(text), &last), 2);
	assert_int_equal(last.kind, REPORT_DONE);
	assert_non_null(strstr(said, "VERSION=2.0.2\r\nAUTHENTICATE ANONYMOUS\r\n"
				     "Content-length: "));
	assert_non_null(strstr(said, "<tunnel action=\"accept\"></tunnel>\r\n"));
}

static void cut_at_every_byte(void **state)
{
	const char *text = conversation("200 Success\r\n" XML);
	size_t whole = strlen(text), len;
	struct report last;

	(void)state;
	for (len = 0; len < whole; len++) {
		assert_int_equal(converse(text, len, &last), 1);
		if (last.kind != REPORT_FAULT || last.fault != FAULT_CLOSED)
			fail_msg("after %zu bytes: kind %u, fault %u", len, last.kind,
				 last.fault);
	}
}

/** changed at every byte: what comes is a report, and never a crash */
static void changed_at_every_byte(void **state)
{
	static const char bytes[] = {'\0', '\n', '<', '9', ' ', '\xff'};
	const char *text = conversation("200 Success\r\n" XML);
	char copy[2048];
	size_t len = strlen(text), at, i;
	struct report last;

	(void)state;
	for (at = 0; at < len; at++) {
		for (i = 0; i < sizeof(bytes); i++) {
			memcpy(copy, text, len);
			copy[at] = bytes[i];
			assert_true(converse(copy, len, &last) >= 1);
		}
	}
}

static void out_of_order(void **state)
{
	(void)state;
	assert_int_equal(fault_after(SUCCESS CAPABILITY), FAULT_PROTOCOL);
	assert_int_equal(fault_after(CAPABILITY CAPABILITY), FAULT_PROTOCOL);
	assert_int_equal(fault_after(framed("200 Success\r\n" XML)), FAULT_PROTOCOL);
	assert_int_equal(fault_after(CAPABILITY SUCCESS SUCCESS), FAULT_PROTOCOL);
	assert_int_equal(fault_after("HTTP/1.1 400 Bad Request\r\n\r\n"), FAULT_PROTOCOL);
	assert_int_equal(fault_after("SSH-2.0-OpenSSH_9.2\r\n"), FAULT_PROTOCOL);
}

static void lengths(void **state)
{
	static char line[70000];

	(void)state;
	assert_int_equal(fault_after(CAPABILITY SUCCESS "Content-length: 0\r\n"),
			 FAULT_PROTOCOL);
	assert_int_equal(fault_after(CAPABILITY SUCCESS "Content-length: 8193\r\n"),
			 FAULT_PROTOCOL);
	assert_int_equal(fault_after(CAPABILITY SUCCESS "Content-length: -1\r\n"),
			 FAULT_PROTOCOL);
	assert_int_equal(
		fault_after(CAPABILITY SUCCESS "Content-length: 99999999999\r\n"),
		FAULT_PROTOCOL);
	memset(line, 'x', sizeof(line) - 1);
	assert_int_equal(fault_after(line), FAULT_PROTOCOL);
	assert_int_equal(fault_after(conversation("2")), FAULT_PROTOCOL);
	assert_int_equal(fault_after(conversation("200 Success")), FAULT_PROTOCOL);
	assert_int_equal(fault_after(conversation("200 Success\r\n<tunnel>")),
			 FAULT_PROTOCOL);
}

/** status_after() - the status that a server's answers lead to; 0: another end */
static unsigned status_after(const char *text, uint32_t *brokers)
{
	struct report last;

	assert_int_equal(converse(text, strlen(text), &last), 1);
	*brokers = last.brokers.count;
	return last.kind == REPORT_STATUS ? last.status : 0;
}

static void statuses_of_every_phase(void **state)
{
	uint32_t brokers;

	(void)state;
	assert_int_equal(status_after("302 Unsupported client version\r\n", &brokers),
			 302);
	assert_int_equal(brokers, 0);
	assert_int_equal(status_after("1302 Unsupported\r\n" LIST, &brokers), 1302);
	assert_int_equal(brokers, 1);
	assert_int_equal(status_after("1302 Unsupported\r\n", &brokers), 1302);
	assert_int_equal(brokers, 0);
	assert_int_equal(
		status_after(CAPABILITY "300 Authentication failed\r\n", &brokers), 300);
	assert_int_equal(status_after(CAPABILITY SUCCESS "530 Busy\r\n", &brokers), 530);
	assert_int_equal(status_after(conversation("1301 No more\r\n" LIST), &brokers),
			 1301);
	assert_int_equal(brokers, 1);
	assert_int_equal(status_after(conversation("1301 No more\r\n<rubbish"), &brokers),
			 1301);
	assert_int_equal(brokers, 0);
}

static void what_is_offered_changes_nothing(void **state)
{
	struct report last;

	(void)state;
	settings.auth = AUTH_ANY;
	strcpy(settings.userid, "alice");
	strcpy(settings.passwd, "s3cret");
	converse("CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS AUTH=PLAIN\r\n" SUCCESS,
		 sizeof("CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS AUTH=PLAIN\r\n" SUCCESS) -
			 1,
		 &last);
	assert_int_equal(last.fault, FAULT_LOGIN);
	assert_string_equal(said, "VERSION=2.0.2\r\n");

	settings.auth = AUTH_PLAIN;
	assert_int_equal(dialogue_mechanism(&settings, true), MECHANISM_PLAIN);
	assert_int_equal(dialogue_mechanism(&settings, false), 0);
	settings.auth = AUTH_ANONYMOUS;
	settings.mode = TUNNEL_V6UDPV4;
	assert_int_equal(fault_after("CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS\r\n"),
			 FAULT_TYPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_whole_conversation, reset),
		cmocka_unit_test_setup(cut_at_every_byte, reset),
		cmocka_unit_test_setup(changed_at_every_byte, reset),
		cmocka_unit_test_setup(out_of_order, reset),
		cmocka_unit_test_setup(lengths, reset),
		cmocka_unit_test_setup(statuses_of_every_phase, reset),
		cmocka_unit_test_setup(what_is_offered_changes_nothing, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
