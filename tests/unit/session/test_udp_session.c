/* SPDX-License-Identifier: MIT */
/* test_udp_session.c - the session over packets: one message in, one answer out */
#include <poll.h>

#include "tests/unit/session/conversation.h"
#include "tsp/io.h"

static struct dialogue d;

static int fresh(void **state)
{
	(void)state;
	dialogue_init(&d);
	d.link.packets = d.link.v6udpv4 = true;
	return 0;
}

#define UDP_CAPABILITY                                                                   \
	"CAPABILITY TUNNEL=V6V4 TUNNEL=V6UDPV4 AUTH=ANONYMOUS AUTH=PLAIN "               \
	"AUTH=DIGEST-MD5\r\n"

/** expect_empty() - an acknowledgement, which is no end */
static void expect_empty(void)
{
	struct pollfd p = {.fd = d.client, .events = POLLIN};

	dialogue_expect(&d, "");
	assert_int_equal(poll(&p, 1, 0), 0);
}

/** hang_up() - tsp-udp gives the client up */
static void hang_up(void)
{
	close(d.client);
	pthread_join(d.session_thread, NULL);
	pthread_join(d.broker_thread, NULL);
}

/** hello() - VERSION has been answered */
static void hello(const struct ipc_reply *script, size_t len)
{
	dialogue_start(&d, script, len);
	SEND(&d, VERSION);
	dialogue_expect(&d, UDP_CAPABILITY);
}

static void anonymous(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS), say_offer(),
					   say_status(STATUS_SUCCESS)};

	(void)state;
	hello(script, 3);
	SEND(&d, ANONYMOUS);
	dialogue_expect(&d, SUCCESS);
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, OFFER);
	SEND(&d, ACCEPT);
	dialogue_finish(&d, 0); /* tsp-udp acknowledges the end */
	dialogue_asked(&d, 2, IPC_ACCEPT);
}

/** log_in_plain() - @line, an acknowledgement, and then the message of PLAIN */
static void log_in_plain(const char *line, size_t len)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS)};
	const struct ipc_request *asked;

	hello(script, 1);
	dialogue_send(&d, line, len);
	expect_empty();
	SEND(&d, "\0alice\0s3cret\r\n");
	dialogue_expect(&d, SUCCESS);
	hang_up();
	asked = dialogue_asked(&d, 0, IPC_LOGIN);
	assert_int_equal(asked->sasl.mechanism, MECHANISM_PLAIN);
	assert_int_equal(asked->sasl.len, 13);
	assert_memory_equal(asked->sasl.data, "\0alice\0s3cret", 13);
}

#define LOGIN(literal) log_in_plain(literal, sizeof(literal) - 1)

static void plain(void **state)
{
	(void)state;
	LOGIN("AUTHENTICATE PLAIN\r\n\0");
}

static void plain_without_lf(void **state)
{
	(void)state;
	LOGIN("AUTHENTICATE PLAIN\r\b");
}

static void plain_without_any_end(void **state)
{
	(void)state;
	LOGIN("AUTHENTICATE PLAIN\0\0\0");
}

static void plain_in_one_message(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS)};

	(void)state;
	hello(script, 1);
	SEND(&d, "AUTHENTICATE PLAIN\r\n\0\0alice\0s3cret\r\n");
	dialogue_expect(&d, SUCCESS);
	hang_up();
}

static void digest_ends_in_two_answers(void **state)
{
	const struct ipc_reply script[] = {
		say_sasl(IPC_CHALLENGE, "nonce=1"),
		say_sasl(IPC_STATUS, "rspauth=2"),
	};

	(void)state;
	hello(script, 2);
	SEND(&d, "AUTHENTICATE DIGEST-MD5\r\n\0");
	dialogue_expect(&d, "bm9uY2U9MQ==\r\n");
	SEND(&d, "Zm9v\r\n");
	dialogue_expect(&d, "cnNwYXV0aD0y\r\n");
	SEND(&d, "");
	dialogue_expect(&d, SUCCESS);
	hang_up();
	assert_int_equal(d.result, 0);
}

static void messages_without_content_are_acknowledged(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS)};

	(void)state;
	hello(script, 1);
	SEND(&d, "");
	expect_empty();
	SEND(&d, "\0\0\0");
	expect_empty();
	SEND(&d, ANONYMOUS);
	dialogue_expect(&d, SUCCESS);
	SEND(&d, "\r\n");
	expect_empty();
	hang_up();
}

static void a_body_ends_with_its_message(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS)};

	(void)state;
	hello(script, 1);
	SEND(&d, ANONYMOUS);
	dialogue_expect(&d, SUCCESS);
	SEND(&d, "Content-length: 35\r\n<tunnel action=");
	dialogue_expect_framed(&d, BAD);
	dialogue_finish(&d, 0);
}

static void an_answer_ends_its_message(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS),
					   say_status(STATUS_BAD_REQUEST)};

	(void)state;
	hello(script, 2);
	SEND(&d, ANONYMOUS "AND SOMETHING\r\nMORE\r\n");
	dialogue_expect(&d, SUCCESS);
	SEND(&d, INFO);
	dialogue_expect_framed(&d, BAD);
	hang_up();
	assert_int_equal(d.asked_count, 2);
}

static void too_long_a_message(void **state)
{
	static char data[IO_BUFFER_SIZE + 1];

	(void)state;
	memset(data, 'V', sizeof(data));
	dialogue_start(&d, NULL, 0);
	dialogue_send(&d, data, sizeof(data));
	dialogue_expect(&d, "302 Unsupported client version\r\n");
	dialogue_finish(&d, 0);
}

static void a_message_of_a_full_buffer_has_no_room_for_its_nul(void **state)
{
	static char data[IO_BUFFER_SIZE];

	(void)state;
	memset(data, 'V', sizeof(data));
	dialogue_start(&d, NULL, 0);
	dialogue_send(&d, data, sizeof(data));
	dialogue_expect(&d, "302 Unsupported client version\r\n");
	dialogue_finish(&d, 0);
}

static void the_client_goes(void **state)
{
	(void)state;
	hello(NULL, 0);
	hang_up();
	assert_int_equal(d.result, 0);
	assert_int_equal(d.asked_count, 0);
}

static void time_is_up(void **state)
{
	(void)state;
	d.config.login_seconds = 1;
	hello(NULL, 0);
	dialogue_finish(&d, 0);
}

/* its client comes back from another port: nothing would tell that it left this one */
static void a_refused_create_ends_the_session(void **state)
{
	const struct ipc_reply script[] = {say_status(STATUS_SUCCESS),
					   say_status(STATUS_PREFIX_LENGTH)};

	(void)state;
	hello(script, 2);
	SEND(&d, ANONYMOUS);
	dialogue_expect(&d, SUCCESS);
	SEND(&d, CREATE);
	dialogue_expect_framed(&d, "507 Requested prefix length cannot be assigned\r\n");
	dialogue_finish(&d, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(anonymous, fresh),
		cmocka_unit_test_setup(plain, fresh),
		cmocka_unit_test_setup(plain_without_lf, fresh),
		cmocka_unit_test_setup(plain_without_any_end, fresh),
		cmocka_unit_test_setup(plain_in_one_message, fresh),
		cmocka_unit_test_setup(digest_ends_in_two_answers, fresh),
		cmocka_unit_test_setup(messages_without_content_are_acknowledged, fresh),
		cmocka_unit_test_setup(a_body_ends_with_its_message, fresh),
		cmocka_unit_test_setup(an_answer_ends_its_message, fresh),
		cmocka_unit_test_setup(too_long_a_message, fresh),
		cmocka_unit_test_setup(a_message_of_a_full_buffer_has_no_room_for_its_nul,
				       fresh),
		cmocka_unit_test_setup(the_client_goes, fresh),
		cmocka_unit_test_setup(time_is_up, fresh),
		cmocka_unit_test_setup(a_refused_create_ends_the_session, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
