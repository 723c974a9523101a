/* SPDX-License-Identifier: MIT */
/* test_broker.c - the conversation with a session that does not want to end */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "broker/broker.h"
#include "lib/seqpacket.h"

#define NOTES 30  /* that take longer than a session may */
#define FLOOD 100 /* more than a session may send */

static time_t seconds; /* that have passed: one with each look at the clock */

/* In place of the C library's */
int clock_gettime(clockid_t clock, struct timespec *out)
{
	(void)clock;
	*out = (struct timespec){.tv_sec = seconds++};
	return 0;
}

/* found by reading for tests/tools/adversary: who always had one more was served for ever */
static void a_busy_session_has_a_deadline_too(void **state)
{
	static const struct config config = {.session_seconds = 10};
	static const struct peer peer = {.text = "192.0.2.7"};
	struct ipc_request note = {
		.version = IPC_VERSION, .kind = IPC_NOTE, .status = STATUS_BAD_REQUEST};
	struct ipc_reply reply;
	int pair[2], i;

	(void)state;
	assert_int_equal(seqpacket_pair(pair), 0);
	for (i = 0; i < NOTES; i++)
		assert_int_equal(send(pair[1], &note, sizeof(note), 0), sizeof(note));
	shutdown(pair[1], SHUT_WR);

	assert_int_equal(broker_serve(&config, &peer, pair[0]), -1);
	assert_int_equal(errno, ETIMEDOUT);
	for (i = 0; recv(pair[1], &reply, sizeof(reply), MSG_DONTWAIT) > 0; i++)
		;
	assert_true(i >= 10 && i <= NOTES - 10);
	close(pair[0]);
	close(pair[1]);
}

/* notes are log lines: who may write them without end fills the journal */
static void a_flood_of_requests_ends_the_conversation(void **state)
{
	static const struct config config = {.session_seconds = 3600};
	static const struct peer peer = {.text = "192.0.2.7"};
	struct ipc_request note = {
		.version = IPC_VERSION, .kind = IPC_NOTE, .status = STATUS_BAD_REQUEST};
	struct ipc_reply reply;
	int pair[2], i, size = 1 << 20;

	(void)state;
	assert_int_equal(seqpacket_pair(pair), 0);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	for (i = 0; i < FLOOD; i++)
		assert_int_equal(send(pair[1], &note, sizeof(note), MSG_DONTWAIT),
				 sizeof(note));

	assert_int_equal(broker_serve(&config, &peer, pair[0]), -1);
	assert_int_equal(errno, EPROTO);
	for (i = 0; recv(pair[1], &reply, sizeof(reply), MSG_DONTWAIT) > 0; i++)
		;
	assert_int_equal(i, 64);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_busy_session_has_a_deadline_too),
		cmocka_unit_test(a_flood_of_requests_ends_the_conversation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
