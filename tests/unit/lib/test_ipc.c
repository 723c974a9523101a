/* SPDX-License-Identifier: MIT */
/* test_ipc.c - packets between session and broker: exact size, known version, known kind */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/ipc.h"
#include "lib/seqpacket.h"

static int pair[2];

static int open_pair(void **state)
{
	(void)state;
	return seqpacket_pair(pair);
}

static int close_pair(void **state)
{
	(void)state;
	close(pair[0]);
	return close(pair[1]) && errno != EBADF;
}

static void a_request_arrives_whole(void **state)
{
	struct ipc_request sent = {.kind = IPC_CREATE, .tunnel.prefix_len = 56}, got;
	struct ipc_reply reply = {.kind = IPC_STATUS, .result.status = STATUS_BUSY}, back;

	(void)state;
	assert_int_equal(ipc_answer(pair[0], &reply), 0); /* waits in the socket */
	assert_int_equal(ipc_call(pair[1], &sent, &back), 0);
	assert_int_equal(back.result.status, STATUS_BUSY);
	assert_int_equal(ipc_receive(pair[0], &got), 1);
	assert_int_equal(got.kind, IPC_CREATE);
	assert_int_equal(got.tunnel.prefix_len, 56);
}

/** refuses() - the broker takes these bytes for no request */
static void refuses(const void *data, size_t len)
{
	struct ipc_request got;

	assert_int_equal(send(pair[1], data, len, 0), len);
	assert_int_equal(ipc_receive(pair[0], &got), -1);
	assert_int_equal(errno, EBADMSG);
}

static void only_exact_packets_are_requests(void **state)
{
	struct {
		struct ipc_request request;
		char more[64];
	} p;

	(void)state;
	memset(&p, 0, sizeof(p));
	p.request.version = IPC_VERSION;
	p.request.kind = IPC_INFO;
	refuses(&p, 1);
	refuses(&p, sizeof(p.request) - 1);
	refuses(&p, sizeof(p.request) + 1);
	p.request.version = IPC_VERSION + 1;
	refuses(&p, sizeof(p.request));
	p.request.version = IPC_VERSION;
	p.request.kind = 0;
	refuses(&p, sizeof(p.request));
	p.request.kind = IPC_REQUEST_KINDS;
	refuses(&p, sizeof(p.request));
	p.request.kind = UINT32_MAX;
	refuses(&p, sizeof(p.request));
}

/* found by tests/tools/adversary: the broker waited for ever, holding a lease */
static void who_does_not_read_is_not_waited_for(void **state)
{
	struct ipc_reply reply = {.kind = IPC_STATUS};
	int i;

	(void)state;
	for (i = 0; i < 10000 && !ipc_answer(pair[0], &reply); i++)
		;
	assert_true(i >= 2 && i <= 9999);
	assert_int_equal(errno, EAGAIN);
}

static void the_end_of_the_other_side_is_told(void **state)
{
	struct ipc_request request = {.kind = IPC_INFO};
	struct ipc_reply reply = {.kind = IPC_STATUS};

	(void)state;
	close(pair[1]);
	assert_int_equal(ipc_receive(pair[0], &request), 0);
	assert_int_equal(ipc_answer(pair[0], &reply), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(ipc_call(pair[0], &request, &reply), -1);
	assert_int_equal(errno, EPIPE);
}

static void a_packet_brings_a_descriptor(void **state)
{
	int tube[2], passed = -1;
	char packet[] = "abc", got[4], byte;

	(void)state;
	assert_int_equal(pipe(tube), 0);
	assert_int_equal(seqpacket_pass(pair[0], packet, 4, tube[1]), 0);
	close(tube[1]);
	assert_int_equal(seqpacket_take(pair[1], got, 4, &passed, 0), 1);
	assert_string_equal(got, packet);
	assert_int_equal(write(passed, "x", 1), 1);
	close(passed);
	assert_int_equal(read(tube[0], &byte, 1), 1);

	/* a packet without one, and one of another size, whose descriptor is closed */
	assert_int_equal(seqpacket_send(pair[0], packet, 4), 0);
	assert_int_equal(seqpacket_take(pair[1], got, 4, &passed, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(seqpacket_pass(pair[0], packet, 3, tube[0]), 0);
	close(tube[0]);
	assert_int_equal(seqpacket_take(pair[1], got, 4, &passed, 0), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(fcntl(passed, F_GETFD), -1);
	assert_int_equal(seqpacket_take(pair[1], got, 4, &passed, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

/** pass_two() - send a packet with two copies of a descriptor */
static void pass_two(int fd, int passed)
{
	union {
		char space[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {.iov_base = "abc", .iov_len = 4};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control.space)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	const int both[] = {passed, passed};

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(both));
	memcpy(CMSG_DATA(c), both, sizeof(both));
	assert_int_equal(sendmsg(fd, &msg, 0), 4);
}

static void of_two_descriptors_none_stays_open(void **state)
{
	int tube[2], passed = -1;
	char got[4], byte;

	(void)state;
	assert_int_equal(pipe2(tube, O_NONBLOCK), 0);
	pass_two(pair[0], tube[1]);
	close(tube[1]);
	assert_int_equal(seqpacket_take(pair[1], got, 4, &passed, 0), -1);
	assert_int_equal(errno, EBADMSG);
	/* the end of the file: no other end is open */
	assert_int_equal(read(tube[0], &byte, 1), 0);
	close(tube[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_request_arrives_whole, open_pair,
						close_pair),
		cmocka_unit_test_setup_teardown(only_exact_packets_are_requests,
						open_pair, close_pair),
		cmocka_unit_test_setup_teardown(who_does_not_read_is_not_waited_for,
						open_pair, close_pair),
		cmocka_unit_test_setup_teardown(a_packet_brings_a_descriptor, open_pair,
						close_pair),
		cmocka_unit_test_setup_teardown(of_two_descriptors_none_stays_open,
						open_pair, close_pair),
		cmocka_unit_test_setup_teardown(the_end_of_the_other_side_is_told,
						open_pair, close_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
