/* SPDX-License-Identifier: MIT */
/* test_session.c - whole conversations: as recorded, in single bytes, all at once */
#include "tests/unit/session/conversation.h"

#include "lib/clock.h"
#include "tsp/io.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct dialogue d;

static int fresh(void **state)
{
	(void)state;
	dialogue_init(&d);
	return 0;
}

/** start_command_phase() - an anonymous client, logged in */
static void start_command_phase(const struct ipc_reply *script, size_t len)
{
	dialogue_start(&d, script, len);
	SEND(&d, VERSION);
	dialogue_expect(&d, CAPABILITY);
	SEND(&d, ANONYMOUS);
	dialogue_expect(&d, SUCCESS);
}

static void anonymous_host(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS), say_offer(),
					   say_status(STATUS_SUCCESS)};
	const struct ipc_request *r;

	(void)state;
	start_command_phase(script, COUNT(script));
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, OFFER);
	SEND(&d, ACCEPT);
	dialogue_finish(&d, 0);

	r = dialogue_asked(&d, 0, IPC_LOGIN);
	assert_int_equal(r->sasl.mechanism, MECHANISM_ANONYMOUS);
	assert_int_equal(r->sasl.len, 0);
	r = dialogue_asked(&d, 1, IPC_CREATE);
	assert_int_equal(r->tunnel.type, TUNNEL_V6V4);
	assert_int_equal(r->tunnel.ipv4.s_addr, inet_addr("127.0.0.1"));
	dialogue_asked(&d, 2, IPC_ACCEPT);
	assert_int_equal(d.asked_count, 3);
}

#define RESPONSE "Y2hhcnNldD11dGY4LHVzZXJuYW1lPSJhbGljZSI="
#define ROUTER                                                                           \
	"Content-length: 399\r\n"                                                        \
	"<tunnel action=\"create\" type=\"v6v4\" proxy=\"no\">\r\n"                      \
	" <client>\r\n"                                                                  \
	"  <address type=\"ipv4\">127.0.0.1</address>\r\n"                               \
	"  <keepalive interval=\"30\">\r\n"                                              \
	"    <address type=\"ipv6\">::</address>\r\n"                                    \
	"  </keepalive>\r\n"                                                             \
	"  <router>\r\n"                                                                 \
	"   <prefix length=\"56\"/>\r\n"                                                 \
	"   <dns_server>\r\n"                                                            \
	"     <address type=\"dn\">ns1.example.org</address>\r\n"                        \
	"     <address type=\"dn\">ns2.example.org</address>\r\n"                        \
	"   </dns_server>\r\n"                                                           \
	"  </router>\r\n"                                                                \
	" </client>\r\n"                                                                 \
	"</tunnel>\r\n"

static void digest_router(void **state)
{
	const struct ipc_reply script[] = {
		say_sasl(IPC_CHALLENGE, "realm=\"peerlab\",nonce=\"6NhOgpB1GTq5W+b8\","
					"qop=\"auth\",algorithm=md5-sess,charset=utf8"),
		say_sasl(IPC_STATUS, "rspauth=3457e234a0483f0c83b4eb41768db8f0"),
		say_offer(), say_status(STATUS_SUCCESS)};
	const struct ipc_request *r;
	int64_t start;

	(void)state;
	dialogue_start(&d, script, COUNT(script));
	SEND(&d, VERSION);
	dialogue_expect(&d, CAPABILITY);
	SEND(&d, "AUTHENTICATE DIGEST-MD5\r\n\0");
	dialogue_expect(&d,
			"cmVhbG09InBlZXJsYWIiLG5vbmNlPSI2TmhPZ3BCMUdUcTVXK2I4Iixxb3A9Im"
			"F1dGgiLGFsZ29yaXRobT1tZDUtc2VzcyxjaGFyc2V0PXV0Zjg=\r\n");
	start = clock_ms();
	SEND(&d, RESPONSE "\r\n");
	dialogue_expect(&d,
			"cnNwYXV0aD0zNDU3ZTIzNGEwNDgzZjBjODNiNGViNDE3NjhkYjhmMA==\r\n");
	dialogue_expect(&d, SUCCESS);
	assert_true(clock_ms() >= start + 50); /* clients need two reads */
	SEND(&d, "\r\n" ROUTER); /* other SASL clients acknowledge the last message */
	dialogue_expect_framed(&d, OFFER);
	SEND(&d, ACCEPT);
	dialogue_finish(&d, 0);

	r = dialogue_asked(&d, 0, IPC_LOGIN);
	assert_int_equal(r->sasl.mechanism, MECHANISM_DIGEST_MD5);
	assert_int_equal(r->sasl.len, 0);
	r = dialogue_asked(&d, 1, IPC_STEP);
	assert_int_equal(r->sasl.len, 29);
	assert_memory_equal(r->sasl.data, "charset=utf8,username=\"alice\"", 29);
	r = dialogue_asked(&d, 2, IPC_CREATE);
	assert_int_equal(r->tunnel.router, 1);
	assert_int_equal(r->tunnel.prefix_len, 56);
}

/** expect_plain() - a login with PLAIN that worked, whatever form it had */
static void expect_plain(void)
{
	const struct ipc_request *r;

	dialogue_expect(&d, SUCCESS);
	shutdown(d.client, SHUT_WR);
	dialogue_finish(&d, 0);
	r = dialogue_asked(&d, 0, IPC_LOGIN);
	assert_int_equal(r->sasl.mechanism, MECHANISM_PLAIN);
	assert_int_equal(r->sasl.len, 13);
	assert_memory_equal(r->sasl.data, "\0alice\0s3cret", 13);
}

static void plain_forms(void **state)
{
	static const struct {
		const char *p;
		size_t len;
	} forms[] = {
#define FORM(literal) {literal, sizeof(literal) - 1}
		FORM("AUTHENTICATE PLAIN\r\n\0\0alice\0s3cret\r\n"),
		FORM("AUTHENTICATE PLAIN\r\n\0alice\0s3cret\r\n"),
		FORM("AUTHENTICATE PLAIN\n\0\0alice\0s3cret\n"),
		FORM("AUTHENTICATE PLAIN\r\n\0AGFsaWNlAHMzY3JldA==\r\n"),
		FORM("authenticate plain\r\nAGFsaWNlAHMzY3JldA==\r\n"),
		FORM("AUTHENTICATE PLAIN AGFsaWNlAHMzY3JldA==\r\n\0"),
	};
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS)};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(forms); i++) {
		dialogue_init(&d);
		dialogue_start(&d, script, COUNT(script));
		SEND(&d, VERSION);
		dialogue_expect(&d, CAPABILITY);
		dialogue_send(&d, forms[i].p, forms[i].len);
		expect_plain();
	}
}

/* the client sends its message unasked, and takes anything before it for the answer */
static void nothing_is_said_before_plain_came(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS)};
	char got[16];

	(void)state;
	dialogue_start(&d, script, COUNT(script));
	SEND(&d, VERSION);
	dialogue_expect(&d, CAPABILITY);
	SEND(&d, "AUTHENTICATE PLAIN\r\n\0");
	usleep(50000);
	assert_int_equal(recv(d.client, got, sizeof(got), MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	SEND(&d, "\0alice\0s3cret\r\n");
	expect_plain();
}

static const char whole[] = VERSION ANONYMOUS CREATE ACCEPT;

/** expect_whole() - the replies to all of @whole */
static void expect_whole(void)
{
	dialogue_expect(&d, CAPABILITY);
	dialogue_expect(&d, SUCCESS);
	dialogue_expect_framed(&d, OFFER);
	dialogue_finish(&d, 0);
	dialogue_asked(&d, 2, IPC_ACCEPT);
}

static void all_at_once(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS), say_offer(),
					   say_status(STATUS_SUCCESS)};

	(void)state;
	dialogue_start(&d, script, COUNT(script));
	SEND(&d, whole);
	expect_whole();
}

static void single_bytes(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS), say_offer(),
					   say_status(STATUS_SUCCESS)};
	size_t i;

	(void)state;
	dialogue_start(&d, script, COUNT(script));
	for (i = 0; i < sizeof(whole) - 1; i++)
		dialogue_send(&d, whole + i, 1);
	expect_whole();
}

/* no CR, no NUL, the other version, a trace, odd spacing */
static void another_client(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS), say_offer(),
					   say_status(STATUS_SUCCESS)};

	(void)state;
	dialogue_start(&d, script, COUNT(script));
	SEND(&d, "VERSION=2.0.0\nAUTHENTICATE ANONYMOUS me@example.net\n"
		 "content-LENGTH : 104 \n"
		 "<tunnel action='create' type='v6v4'><client>"
		 "<address type='ipv4'> 127.0.0.1 </address></client>"
		 "</tunnel>Content-length:26\n<tunnel action=\"accept\" />\n");
	expect_whole();
}

static void info_and_delete_before_create(void **state)
{
	const struct ipc_reply script[] = {
		say_status(STATUS_SUCCESS),     say_offer(),
		say_status(STATUS_SUCCESS),     say_status(STATUS_IPV4_IN_USE),
		say_status(STATUS_TUNNEL_TYPE), say_offer(),
		say_status(STATUS_SUCCESS)};

	(void)state;
	start_command_phase(script, COUNT(script));
	SEND(&d, INFO);
	dialogue_expect_framed(&d, OFFER); /* which offers nothing: no accept is due */
	SEND(&d, DELETE);
	dialogue_expect_framed(&d, SUCCESS);
	SEND(&d, CREATE);
	dialogue_expect_framed(&d,
			       "506 IPv4 address already used for existing tunnel\r\n");
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, "303 Unsupported tunnel type\r\n");
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, OFFER);
	SEND(&d, REJECT);
	dialogue_expect_framed(&d, SUCCESS);
	dialogue_finish(&d, 0);
	dialogue_asked(&d, 1, IPC_INFO);
	dialogue_asked(&d, 2, IPC_DELETE);
	dialogue_asked(&d, 6, IPC_REJECT);
}

static void address_seen_is_told(void **state)
{
	struct ipc_reply script[] = {say_status(STATUS_SUCCESS),
				     say_status(STATUS_BAD_IPV4)};

	(void)state;
	script[1].result.has_seen = 1;
	script[1].result.seen.s_addr = inet_addr("192.0.2.7");
	start_command_phase(script, COUNT(script));
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, "501 Invalid IPv4 address: this connection comes from "
				   "192.0.2.7\r\n");
	shutdown(d.client, SHUT_WR);
	dialogue_finish(&d, 0);
}

static void redirected(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS),
					   say_status(STATUS_NO_TUNNELS)};

	(void)state;
	d.config.redirect_count = 1;
	strcpy(d.config.redirect[0], "198.51.100.2");
	start_command_phase(script, COUNT(script));
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, "1301 No more tunnels available\r\n"
				   "<tunnel action=\"list\" type=\"broker\">\r\n"
				   " <broker>\r\n"
				   "  <address type=\"ipv4\">198.51.100.2</address>\r\n"
				   " </broker>\r\n"
				   "</tunnel>\r\n");
	shutdown(d.client, SHUT_WR);
	dialogue_finish(&d, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(anonymous_host, fresh),
		cmocka_unit_test_setup(digest_router, fresh),
		cmocka_unit_test_setup(plain_forms, fresh),
		cmocka_unit_test_setup(nothing_is_said_before_plain_came, fresh),
		cmocka_unit_test_setup(all_at_once, fresh),
		cmocka_unit_test_setup(single_bytes, fresh),
		cmocka_unit_test_setup(another_client, fresh),
		cmocka_unit_test_setup(info_and_delete_before_create, fresh),
		cmocka_unit_test_setup(address_seen_is_told, fresh),
		cmocka_unit_test_setup(redirected, fresh),
	};

	alarm(120); /* a wait without an end is a failure too */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
