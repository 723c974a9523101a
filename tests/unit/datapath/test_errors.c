/* SPDX-License-Identifier: MIT */
/* test_errors.c - ICMPv6 errors and echo replies to senders elsewhere */
#include "tests/datapath/expect.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <string.h>

#include "tests/datapath/bpf_network.h"

enum { USER = 5, NOBODY = 6 };

static struct expect e;

static int setup(void **state)
{
	(void)state;
	if (!expect_root())
		return 0;
	if (expect_setup(&e, 100, 100))
		return -1;
	bpf_run_user(&e.run, USER, FRAME_CLIENT, 0, 56);
	return 0;
}

/** sender() - an address in its own /64, so that it has all tokens */
static struct six sender(void)
{
	static uint64_t n;

	return (struct six){0x2001000400000000 + (++n << 16), 77};
}

/** check_error() - the last result is an error about @frame */
static void check_error(const uint8_t *frame, size_t len, uint8_t type, uint8_t code)
{
	uint8_t *six = e.result.frame + 14, pseudo[40] = {0}, own[16] = {0};
	size_t payload = (size_t)six[4] << 8 | six[5], quoted = payload - 8;
	uint64_t high = htobe64(RUN_LINK);

	memcpy(own, &high, 8);
	own[15] = 1;
	assert_int_equal(e.result.len, 14 + 40 + payload);
	assert_memory_equal(e.result.frame, e.run.config.mac, 6);
	assert_memory_equal(e.result.frame + 6, e.run.config.mac, 6);
	assert_memory_equal(e.result.frame + 12, "\x86\xdd\x60", 3);
	assert_int_equal(six[6], 58);
	assert_memory_equal(six + 8, own, 16);
	assert_memory_equal(six + 24, frame + 14 + 8, 16);
	memcpy(pseudo, six + 8, 32);
	pseudo[34] = six[4];
	pseudo[35] = six[5];
	pseudo[39] = 58;
	assert_int_equal(frame_sum(six + 40, payload,
				   (uint16_t)~frame_sum(pseudo, sizeof(pseudo), 0)),
			 0);
	assert_int_equal(six[40], type);
	assert_int_equal(six[41], code);
	assert_true(quoted <= len - 14 &&
		    quoted >= (len - 14 < 464 ? len - 14 - 3 : 464));
	assert_memory_equal(six + 48, frame + 14, quoted);
}

static void unreachable(void **state)
{
	static const uint16_t sizes[] = {1, 2, 3, 4, 16, 421, 423, 424, 425, 1440, 3000};
	uint8_t frame[FRAME_MAX];

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct inside in = {
			.from = sender(), .to = six_link(NOBODY, 1), .size = sizes[i]};
		size_t len = frame_native(frame, &in);

		memset(frame + 54, 0xa5, sizes[i]);
		expect_out(&e, "absent", frame, len, NULL, TC_ACT_REDIRECT,
			   TSP_COUNT_ABSENT, TSP_COUNT_UNREACHABLE_SENT);
		check_error(frame, len, 1, 3);
	}
}

static void packet_too_big(void **state)
{
	uint8_t frame[FRAME_MAX];
	struct inside in = {.from = sender(), .to = six_link(USER, 1), .size = 1441};
	size_t len = frame_native(frame, &in);

	NEEDS_ROOT;
	expect_out(&e, "too big", frame, len, NULL, TC_ACT_REDIRECT, TSP_COUNT_TOO_BIG,
		   TSP_COUNT_TOO_BIG_SENT);
	check_error(frame, len, 2, 0);
	assert_memory_equal(e.result.frame + 58, "\0\0\5\310", 4); /* 1480 */
}

static void what_gets_no_error(void **state)
{
	static const struct {
		const char *what;
		struct six from;
		uint8_t next;
		const char *bytes;
		bool due;
	} cases[] = {
		{"ICMPv6 error", {0x2001000500010000, 1}, 58, "\1\0", false},
		{"last error", {0x2001000500020000, 1}, 58, "\177\0", false},
		{"echo request", {0x2001000500030000, 1}, 58, "\200\0", true},
		{"ICMPv6 in a fragment", {0x2001000500040000, 1}, 44, "\72\0", false},
		{"UDP in a fragment", {0x2001000500050000, 1}, 44, "\21\0", true},
		{"two extensions", {0x2001000500060000, 1}, 60, "\74\0", false},
		{"multicast source", {0xff02ull << 48, 1}, 17, "\0\0", false},
		{"link-local source", {0xfe80ull << 48, 1}, 17, "\0\0", false},
		{"no source", {0, 0}, 17, "\0\0", false},
	};
	uint8_t frame[FRAME_MAX];

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct inside in = {.from = cases[i].from,
				    .to = six_link(NOBODY, 1),
				    .next = cases[i].next,
				    .payload = cases[i].bytes,
				    .payload_given = 2,
				    .size = 24};

		expect_out(&e, cases[i].what, frame, frame_native(frame, &in), NULL,
			   cases[i].due ? TC_ACT_REDIRECT : TC_ACT_SHOT, TSP_COUNT_ABSENT,
			   cases[i].due ? TSP_COUNT_UNREACHABLE_SENT : NOTHING_COUNTED);
	}
}

/** sent_of() - errors among @n packets of one sender */
static int sent_of(struct six from, int n, struct six to, uint16_t size, uint32_t counter)
{
	struct inside in = {.from = from, .to = to, .size = size};
	uint64_t before = bpf_run_count(&e.run, counter);
	uint8_t frame[FRAME_MAX];
	size_t len = frame_native(frame, &in);

	for (int i = 0; i < n; i++)
		assert_int_equal(bpf_run_out(&e.run, frame, len, NULL, 1, &e.result), 0);
	return (int)(bpf_run_count(&e.run, counter) - before);
}

/* tokens come back with time, of which a slow machine has more: a bucket whose time lies
 * far ahead stays empty */
static void limits(void **state)
{
	struct six one = sender(), other = sender();
	uint64_t far = UINT64_MAX / 2, none = 0;
	uint32_t kind = 0;

	NEEDS_ROOT;
	for (uint32_t i = 2; i < TSP_MAX_LIMITS; i++)
		assert_int_equal(bpf_run_put(&e.run, "tsp_limits", &i, &far), 0);
	assert_int_equal(
		sent_of(one, 5, six_link(NOBODY, 1), 8, TSP_COUNT_UNREACHABLE_SENT), 0);
	assert_int_equal(sent_of(one, 5, six_link(NOBODY, 1), 8, TSP_COUNT_LIMITED), 5);
	assert_int_equal(sent_of(other, 5, six_link(USER, 1), 1441, TSP_COUNT_LIMITED),
			 5);
	for (uint32_t i = 2; i < TSP_MAX_LIMITS; i++)
		assert_int_equal(bpf_run_put(&e.run, "tsp_limits", &i, &none), 0);
	assert_int_equal(
		sent_of(one, 5, six_link(NOBODY, 1), 8, TSP_COUNT_UNREACHABLE_SENT), 5);
	/* all unreachables together: packet too big has its own bucket */
	assert_int_equal(bpf_run_put(&e.run, "tsp_limits", &kind, &far), 0);
	assert_int_equal(sent_of(other, 3, six_link(NOBODY, 1), 8, TSP_COUNT_LIMITED), 3);
	assert_int_equal(
		sent_of(other, 3, six_link(USER, 1), 1441, TSP_COUNT_TOO_BIG_SENT), 3);
	assert_int_equal(bpf_run_put(&e.run, "tsp_limits", &kind, &none), 0);
}

/* a thousand packets at once get ten errors, and what the time they take is worth */
static void a_burst(void **state)
{
	int sent;

	NEEDS_ROOT;
	sent = sent_of(sender(), 1000, six_link(NOBODY, 1), 8,
		       TSP_COUNT_UNREACHABLE_SENT);
	assert_true(sent >= 10);
	assert_true(sent < 1000);
}

static void echo_requests_from_elsewhere(void **state)
{
	struct six from = sender(), to = six_link(USER, 0);
	uint8_t request[64], reply[64], frame[FRAME_MAX];
	struct inside in = {.next = 58, .from = from, .to = to, .hop_limit = 3};
	size_t len;

	NEEDS_ROOT;
	in.payload = request;
	in.payload_given = (uint16_t)frame_echo(request, 128, from, to);
	expect_out(&e, "echo", frame, frame_native(frame, &in), NULL, TC_ACT_REDIRECT,
		   TSP_COUNT_ECHO_REPLIED, NOTHING_COUNTED);
	frame_echo(reply, 129, to, from);
	in.payload = reply;
	in.from = to;
	in.to = from;
	in.hop_limit = 64;
	len = frame_native(frame, &in);
	assert_int_equal(e.result.len, len);
	assert_memory_equal(e.result.frame + 12, frame + 12, len - 12);
	in = (struct inside){.from = from, .to = to};
	expect_out(&e, "UDP", frame, frame_native(frame, &in), NULL, TC_ACT_SHOT,
		   TSP_COUNT_SERVER_END, NOTHING_COUNTED);
	in.to = six_link(NOBODY, 0);
	expect_out(&e, "no tunnel", frame, frame_native(frame, &in), NULL,
		   TC_ACT_REDIRECT, TSP_COUNT_ABSENT, TSP_COUNT_UNREACHABLE_SENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unreachable),
		cmocka_unit_test(packet_too_big),
		cmocka_unit_test(what_gets_no_error),
		cmocka_unit_test(limits),
		cmocka_unit_test(a_burst),
		cmocka_unit_test(echo_requests_from_elsewhere),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
