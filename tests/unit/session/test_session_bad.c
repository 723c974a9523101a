/* SPDX-License-Identifier: MIT */
/* test_session_bad.c - what each bad input gets, and what the broker hears of it */
#include <time.h>

#include "tests/unit/session/conversation.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct dialogue d;
static const struct ipc_reply *accepting; /* says yes to a login */

static int fresh(void **state)
{
	static struct ipc_reply yes;

	(void)state;
	yes = say_status(STATUS_SUCCESS);
	accepting = &yes;
	dialogue_init(&d);
	return 0;
}

/** login() - an anonymous client in the command phase */
static void login(const struct ipc_reply *script, size_t len)
{
	dialogue_start(&d, script, len);
	SEND(&d, VERSION ANONYMOUS);
	dialogue_expect(&d, CAPABILITY);
	dialogue_expect(&d, SUCCESS);
}

/** expect_note() - the last thing the broker heard was a refusal with @status */
static void expect_note(enum status status)
{
	assert_true(d.asked_count > 0);
	assert_int_equal(dialogue_asked(&d, d.asked_count - 1, IPC_NOTE)->status, status);
}

static void wrong_versions(void **state)
{
	static const char *const bad[] = {"VERSION=2.0.3\r\n", "VERSION=\r\n", "\r\n",
					  "GET / HTTP/1.1\r\n", "VERSION=2.0.2x\n"};
	static char endless[5000];
	size_t i;

	(void)state;
	memset(endless, 'V', sizeof(endless));
	for (i = 0; i <= COUNT(bad); i++) {
		dialogue_init(&d);
		dialogue_start(&d, NULL, 0);
		if (i < COUNT(bad))
			dialogue_send(&d, bad[i], strlen(bad[i]));
		else
			dialogue_send(&d, endless, sizeof(endless));
		dialogue_expect(&d, "302 Unsupported client version\r\n");
		dialogue_finish(&d, 0);
		expect_note(STATUS_VERSION);
	}
}

/* closed at once, with input unread, TCP would reset the connection and lose the reply */
static void reply_before_the_end_can_be_read(void **state)
{
	char got[8];

	(void)state;
	dialogue_start(&d, NULL, 0);
	SEND(&d, "VERSION=1.0\r\n");
	dialogue_expect(&d, "302 Unsupported client version\r\n");
	assert_int_equal(recv(d.client, got, sizeof(got), 0), 0);
	SEND(&d, "more"); /* nobody wants it, but there is still somebody who takes it */
	dialogue_finish(&d, 0);
}

static void wrong_version_with_brokers(void **state)
{
	(void)state;
	d.config.redirect_count = 1;
	strcpy(d.config.redirect[0], "ts2.example.net");
	dialogue_start(&d, NULL, 0);
	SEND(&d, "VERSION=1.0\r\n");
	dialogue_expect(&d, "1302 Unsupported client version\r\n"
			    "<tunnel action=\"list\" type=\"broker\">\r\n"
			    " <broker>\r\n"
			    "  <address type=\"dn\">ts2.example.net</address>\r\n"
			    " </broker>\r\n"
			    "</tunnel>\r\n");
	dialogue_finish(&d, 0);
}

static void unknown_mechanisms(void **state)
{
	static const char *const bad[] = {"AUTHENTICATE SCRAM-SHA-256\r\n",
					  "AUTHENTICATE PLAIN\r\n"};
	const struct ipc_reply script[] = {say_status(STATUS_AUTH_FAILED)};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		dialogue_init(&d);
		d.config.mechanisms = MECHANISM_ANONYMOUS;
		dialogue_start(&d, script, COUNT(script));
		SEND(&d, VERSION);
		dialogue_expect(&d, "CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS\r\n");
		dialogue_send(&d, bad[i], strlen(bad[i]));
		dialogue_expect(&d, "300 Authentication failed\r\n");
		dialogue_finish(&d, 0);
		assert_int_equal(dialogue_asked(&d, 0, IPC_LOGIN)->sasl.mechanism, 0);
	}
}

static void broken_logins(void **state)
{
	static const char *const bad[] = {
		"PLAIN\r\n",
		"AUTHENTICATE\r\n",
		"AUTHENTICATE PLAIN\r\nalice s3cret\r\n",
		"AUTHENTICATE PLAIN *\r\n",
		"AUTHENTICATE PLAIN\r\n\r\n",
		"AUTHENTICATE DIGEST-MD5\r\n*\r\n",
		"AUTHENTICATE DIGEST-MD5\r\nusername=alice\r\n",
	};
	const struct ipc_reply script[] = {say_sasl(IPC_CHALLENGE, "x")};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		dialogue_init(&d);
		dialogue_start(&d, script, COUNT(script));
		SEND(&d, VERSION);
		dialogue_expect(&d, CAPABILITY);
		dialogue_send(&d, bad[i], strlen(bad[i]));
		if (strstr(bad[i], "DIGEST"))
			dialogue_expect(&d, "eA==\r\n");
		dialogue_expect(&d, "300 Authentication failed\r\n");
		dialogue_finish(&d, 0);
		expect_note(STATUS_AUTH_FAILED);
	}
}

static void wrong_password(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_AUTH_FAILED)};

	(void)state;
	dialogue_start(&d, script, COUNT(script));
	SEND(&d, VERSION "AUTHENTICATE PLAIN\r\n\0\0alice\0guess\r\n");
	dialogue_expect(&d, CAPABILITY);
	dialogue_expect(&d, "300 Authentication failed\r\n");
	dialogue_finish(&d, 0);
	assert_int_equal(d.asked_count, 1); /* the broker knows already */
}

static void endless_exchange(void **state)
{
	struct ipc_reply script[12];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(script); i++)
		script[i] = say_sasl(IPC_CHALLENGE, "x");
	dialogue_start(&d, script, COUNT(script));
	SEND(&d, VERSION "AUTHENTICATE DIGEST-MD5\r\n");
	dialogue_expect(&d, CAPABILITY);
	for (i = 0; i < 9; i++) {
		dialogue_expect(&d, "eA==\r\n");
		SEND(&d, "eA==\r\n");
	}
	dialogue_expect(&d, "300 Authentication failed\r\n");
	dialogue_finish(&d, 0);
}

/* nobody knows where the next request would begin: the end */
static void broken_framing(void **state)
{
	static const char *const bad[] = {
		"<tunnel action=\"accept\"></tunnel>\r\n",
		"Content-length\r\n",
		"Content-length: \r\n",
		"Content-length: -35\r\n",
		"Content-length: x\r\n",
		"Content-length: 0\r\n",
		"Content-length: 8193\r\n",
		"Content-length: 35 35\r\n",
		"Host: 35\r\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		dialogue_init(&d);
		login(accepting, 1);
		dialogue_send(&d, bad[i], strlen(bad[i]));
		dialogue_expect_framed(&d, BAD);
		dialogue_finish(&d, 0);
		expect_note(STATUS_BAD_REQUEST);
	}
}

/* the request is bad, but the next one may be better */
static void bad_requests(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS), say_offer(),
					   say_status(STATUS_SUCCESS)};

	(void)state;
	login(script, COUNT(script));
	SEND(&d, "Content-length: 5\r\nhello");
	dialogue_expect_framed(&d, BAD);
	SEND(&d, "Content-length: 24\r\n<tunnel action=\"destroy\"/>\r\n");
	dialogue_expect_framed(&d,
			       BAD); /* two bytes too few: the line that they make ... */
	dialogue_expect_framed(&d, BAD); /* ... is no header, and that is the end */
	dialogue_finish(&d, 0);
	expect_note(STATUS_BAD_REQUEST);

	dialogue_init(&d);
	login(script, COUNT(script));
	SEND(&d, "Content-length: 26\r\n<tunnel action=\"destroy\"/>");
	dialogue_expect_framed(&d, BAD);
	SEND(&d, ACCEPT); /* of what? */
	dialogue_expect_framed(&d, BAD);
	SEND(&d, REJECT);
	dialogue_expect_framed(&d, BAD);
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, OFFER);
	SEND(&d, CREATE); /* an offer is open: it has to be answered first */
	dialogue_expect_framed(&d, BAD);
	SEND(&d, INFO);
	dialogue_expect_framed(&d, BAD);
	SEND(&d, ACCEPT);
	dialogue_finish(&d, 0);
	dialogue_asked(&d, d.asked_count - 1, IPC_ACCEPT);
}

static void too_many_requests(void **state)
{
	int i;

	(void)state;
	login(accepting, 1);
	for (i = 0; i < 17; i++) {
		SEND(&d, "Content-length: 5\r\nhello");
		dialogue_expect_framed(&d, BAD);
	}
	dialogue_finish(&d, 0);
}

static void body_cut_off(void **state)
{
	(void)state;
	login(accepting, 1);
	SEND(&d, "Content-length: 100\r\n<tunnel action=\"create\">");
	shutdown(d.client, SHUT_WR);
	dialogue_expect_framed(&d, BAD);
	dialogue_finish(&d, 0);
	expect_note(STATUS_BAD_REQUEST);
}

static void body_never_complete(void **state)
{
	(void)state;
	d.config.session_seconds = 1;
	login(accepting, 1);
	SEND(&d, "Content-length: 100\r\n<tunnel action=\"create\">");
	dialogue_expect_framed(&d, BAD);
	dialogue_finish(&d, 0);
}

static void silent_client(void **state)
{
	(void)state;
	d.config.login_seconds = 1;
	dialogue_start(&d, NULL, 0);
	SEND(&d, VERSION);
	dialogue_expect(&d, CAPABILITY);
	dialogue_finish(&d, 0);
	assert_int_equal(d.asked_count, 0);
}

/* the first deadline is for the login alone */
static void client_that_thinks(void **state)
{
	(void)state;
	d.config.login_seconds = 1;
	login(accepting, 1);
	assert_int_equal(nanosleep(&(struct timespec){1, 200000000}, NULL), 0);
	SEND(&d, "Content-length: 5\r\nhello");
	dialogue_expect_framed(&d, BAD);
	shutdown(d.client, SHUT_WR);
	dialogue_finish(&d, 0);
}

static void offer_without_answer(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS), say_offer()};

	(void)state;
	d.config.session_seconds = 1;
	login(script, COUNT(script));
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, OFFER);
	dialogue_finish(&d, 0);
	dialogue_asked(&d, d.asked_count - 1, IPC_CREATE);
}

static void endless_nothing(void **state)
{
	static char blanks[4000];
	int i;

	(void)state;
	memset(blanks, '\n', sizeof(blanks));
	d.config.request_bytes = 512;
	login(accepting, 1);
	for (i = 0; i < 30; i++) {
		if (send(d.client, blanks, sizeof(blanks), MSG_NOSIGNAL) < 0)
			break;
	}
	dialogue_expect_framed(&d, BAD);
	dialogue_finish(&d, 0);
}

static void client_that_leaves(void **state)
{
	(void)state;
	login(accepting, 1);
	close(d.client);
	pthread_join(d.session_thread, NULL);
	pthread_join(d.broker_thread, NULL);
	assert_int_equal(d.result, 0);
}

static void broker_that_is_gone(void **state)
{
	(void)state;
	dialogue_start(&d, NULL, 0);
	SEND(&d, VERSION ANONYMOUS);
	dialogue_expect(&d, CAPABILITY);
	dialogue_expect(&d, "310 Server side error\r\n");
	dialogue_finish(&d, EPIPE);

	dialogue_init(&d);
	login(accepting, 1);
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, "310 Server side error\r\n");
	dialogue_finish(&d, EPIPE);
}

static void broker_that_talks_nonsense(void **state)
{
	struct ipc_reply script[] = {say_status(STATUS_SUCCESS), say_offer()};

	(void)state;
	script[1].kind = 77;
	login(script, COUNT(script));
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, "310 Server side error\r\n");
	dialogue_finish(&d, EBADMSG);

	dialogue_init(&d);
	script[1] = say_offer();
	script[1].tunnel.type = TUNNEL_V6ANYV4;
	login(script, COUNT(script));
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, "310 Server side error\r\n");
	dialogue_finish(&d, EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(wrong_versions, fresh),
		cmocka_unit_test_setup(reply_before_the_end_can_be_read, fresh),
		cmocka_unit_test_setup(wrong_version_with_brokers, fresh),
		cmocka_unit_test_setup(unknown_mechanisms, fresh),
		cmocka_unit_test_setup(broken_logins, fresh),
		cmocka_unit_test_setup(wrong_password, fresh),
		cmocka_unit_test_setup(endless_exchange, fresh),
		cmocka_unit_test_setup(broken_framing, fresh),
		cmocka_unit_test_setup(bad_requests, fresh),
		cmocka_unit_test_setup(too_many_requests, fresh),
		cmocka_unit_test_setup(body_cut_off, fresh),
		cmocka_unit_test_setup(body_never_complete, fresh),
		cmocka_unit_test_setup(silent_client, fresh),
		cmocka_unit_test_setup(client_that_thinks, fresh),
		cmocka_unit_test_setup(offer_without_answer, fresh),
		cmocka_unit_test_setup(endless_nothing, fresh),
		cmocka_unit_test_setup(client_that_leaves, fresh),
		cmocka_unit_test_setup(broker_that_is_gone, fresh),
		cmocka_unit_test_setup(broker_that_talks_nonsense, fresh),
	};

	alarm(120); /* a wait without an end is a failure too */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
