/* SPDX-License-Identifier: MIT */
/* test_path.c - path MTU from ICMPv4, for packets that we really sent */
#include "tests/datapath/expect.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <string.h>
#include <time.h>

#include "tests/datapath/bpf_network.h"

enum { USER = 5, UDP_USER = 6, OTHER = 7, NOBODY = 8, PORT = 4000, ROUTER = 0xcb007101 };

static const struct six elsewhere = {0x20010db800060000, 2};
static struct expect e;
static uint8_t last[FRAME_MAX]; /* frame that deliver() had sent */

static int setup(void **state)
{
	(void)state;
	return expect_setup(&e, 100, 100);
}

/** fresh() - tunnels about which nothing was learned */
static int fresh(void **state)
{
	(void)state;
	if (!expect_root())
		return 0;
	bpf_run_user(&e.run, USER, FRAME_CLIENT, 0, 56);
	bpf_run_user(&e.run, UDP_USER, FRAME_CLIENT + 1, PORT, 56);
	bpf_run_user(&e.run, OTHER, FRAME_CLIENT + 2, 0, 56);
	return 0;
}

/** deliver() - have a packet of @size bytes sent to lease @n; return: its IPv4 header */
static struct ip deliver(uint32_t n, uint16_t size)
{
	struct inside in = {
		.from = elsewhere, .to = six_link(n, 1), .size = (uint16_t)(size - 40)};
	uint8_t frame[FRAME_MAX];
	struct ip ip;
	size_t len = frame_native(frame, &in);

	expect_out(&e, "sent", frame, len, NULL, TC_ACT_REDIRECT, NOTHING_COUNTED,
		   NOTHING_COUNTED);
	memcpy(last, e.result.frame, e.result.len);
	memcpy(&ip, last + 14, sizeof(ip));
	return ip;
}

/** too_big() - a packet of @size bytes to lease @n does not fit; return: MTU told */
static uint32_t too_big(uint32_t n, uint16_t size)
{
	static uint64_t sender = 0x2001000300000000;
	struct inside in = {
		.from = {sender, 1}, .to = six_link(n, 1), .size = (uint16_t)(size - 40)};
	uint8_t frame[FRAME_MAX];
	uint32_t mtu;

	sender += 1ull << 32;
	expect_out(&e, "too big", frame, frame_native(frame, &in), NULL, TC_ACT_REDIRECT,
		   TSP_COUNT_TOO_BIG, TSP_COUNT_TOO_BIG_SENT);
	memcpy(&mtu, e.result.frame + 58, 4);
	return ntohl(mtu);
}

/** report() - ICMPv4 "fragmentation needed" about the last packet; return: length */
static size_t report(uint8_t *frame, uint16_t mtu, size_t quoted)
{
	struct outside out = {.protocol = 1, .from = ROUTER};
	uint8_t icmp[FRAME_MAX] = {3, 4};
	uint16_t n = htons(mtu);

	memcpy(icmp + 6, &n, 2);
	memcpy(icmp + 8, last + 14, quoted);
	return frame_ipv4(frame, &out, icmp, 8 + quoted);
}

/** QUOTED - places in the frame that report() makes */
#define QUOTED(field) (14 + 20 + 8 + (field))

/** told() - the report arrives */
static void told(const char *what, uint16_t mtu, uint32_t counter)
{
	uint8_t frame[FRAME_MAX];

	expect_in(&e, what, frame, report(frame, mtu, 68), XDP_DROP, counter);
}

static void identifications(void **state)
{
	struct ip one, again, other;

	NEEDS_ROOT;
	one = deliver(USER, 100);
	again = deliver(USER, 200);
	other = deliver(OTHER, 100);
	assert_int_equal(ntohs(one.ip_off), 0x4000);
	/* the minute may end between the two, but not between the next two as well */
	if (one.ip_id != again.ip_id)
		assert_int_equal(deliver(USER, 100).ip_id, deliver(USER, 100).ip_id);
	assert_int_not_equal(one.ip_id, other.ip_id);
}

static void a_lower_path_mtu(void **state)
{
	NEEDS_ROOT;
	deliver(USER, 1480);
	told("1400", 1400, TSP_COUNT_PATH_LOWERED);
	assert_int_equal(too_big(USER, 1381), 1380);
	deliver(USER, 1380);
	deliver(OTHER, 1480);
	told("another client's", 1450, TSP_COUNT_PATH_LOWERED);
	assert_int_equal(too_big(USER, 1381), 1380);
	assert_int_equal(too_big(OTHER, 1431), 1430);
}

static void only_lower_than_what_was_sent(void **state)
{
	NEEDS_ROOT;
	deliver(USER, 1380);
	told("as large as the packet", 1400, TSP_COUNT_PATH_REFUSED);
	deliver(USER, 1480);
	told("as large as it can be", 1500, TSP_COUNT_PATH_REFUSED);
	told("1400", 1400, TSP_COUNT_PATH_LOWERED);
	told("again", 1400, TSP_COUNT_PATH_LOWERED);
	told("higher", 1401, TSP_COUNT_PATH_REFUSED);
	told("lower", 1399, TSP_COUNT_PATH_LOWERED);
	assert_int_equal(too_big(USER, 1380), 1379);
}

static void never_below_1280(void **state)
{
	struct ip ip;

	NEEDS_ROOT;
	deliver(USER, 1480);
	told("1300", 1300, TSP_COUNT_PATH_LOWERED);
	assert_int_equal(too_big(USER, 1281), 1280);
	ip = deliver(USER, 1280);
	assert_int_equal(ntohs(ip.ip_off), 0x4000);
	told("1299", 1299, TSP_COUNT_PATH_LOWERED);
	assert_int_equal(too_big(USER, 1281), 1280);
	ip = deliver(USER, 1280);
	assert_int_equal(ntohs(ip.ip_off), 0);
	told("without DF", 1298, TSP_COUNT_PATH_REFUSED);
}

/* RFC 1191: older routers do not tell */
static void no_mtu_in_the_report(void **state)
{
	NEEDS_ROOT;
	deliver(USER, 1480);
	told("0", 0, TSP_COUNT_PATH_LOWERED);
	assert_int_equal(tsp_path_mtu(e.run.users_seen[USER].path,
				      e.run.users[USER].generation, 0xffffffffull << 30),
			 0);
	assert_int_equal(too_big(USER, 1281), 1280);
	assert_int_equal(ntohs(deliver(USER, 1280).ip_off), 0);
}

/** forged() - the report about the last packet, with one byte of the quote changed */
static void forged(const char *what, size_t field, uint8_t flip, uint32_t verdict,
		   uint32_t counter)
{
	uint8_t frame[FRAME_MAX];
	size_t len = report(frame, 1400, 68);

	frame[QUOTED(field)] ^= flip;
	expect_in(&e, what, frame, len, verdict, counter);
}

static void forged_reports(void **state)
{
	NEEDS_ROOT;
	deliver(USER, 1480);
	forged("identification", 4, 0x80, XDP_DROP, TSP_COUNT_PATH_REFUSED);
	forged("another client's address", 19, 2, XDP_DROP, TSP_COUNT_PATH_REFUSED);
	forged("no DF", 6, 0x40, XDP_DROP, TSP_COUNT_PATH_REFUSED);
	forged("from the server's end", 20 + 39, 1, XDP_DROP, TSP_COUNT_PATH_REFUSED);
	forged("no such tunnel", 20 + 39, 0x40, XDP_DROP, TSP_COUNT_PATH_REFUSED);
	forged("not from the address it is for", 15, 3, XDP_PASS, NOTHING_COUNTED);
	forged("not protocol 41", 9, 1, XDP_PASS, NOTHING_COUNTED);
	forged("to no pool of ours", 20 + 26, 1, XDP_PASS, NOTHING_COUNTED);
	forged("options in the quote", 0, 3, XDP_PASS, NOTHING_COUNTED);
	assert_int_equal(
		e.run.users_seen[USER].path >> 48 == e.run.users[USER].generation, 0);
	deliver(USER, 1480);
}

/** numbered() - the report about the last packet, whose identification was @add higher */
static void numbered(int add, uint32_t counter)
{
	uint8_t frame[FRAME_MAX];
	size_t len = report(frame, 1400, 68);
	unsigned id =
		(unsigned)(frame[QUOTED(4)] << 8 | frame[QUOTED(5)]) + (unsigned)add;

	frame[QUOTED(4)] = (uint8_t)(id >> 8);
	frame[QUOTED(5)] = (uint8_t)id;
	expect_in(&e, "numbered", frame, len, XDP_DROP, counter);
}

static void parts_of_a_gso_packet(void **state)
{
	NEEDS_ROOT;
	deliver(USER, 1480);
	numbered(64, TSP_COUNT_PATH_REFUSED);
	numbered(-1, TSP_COUNT_PATH_REFUSED);
	numbered(63, TSP_COUNT_PATH_LOWERED);
}

static void reports_that_cannot_be_checked(void **state)
{
	uint8_t frame[FRAME_MAX];
	size_t len;

	NEEDS_ROOT;
	deliver(USER, 1480);
	expect_in(&e, "8 bytes quoted", frame, report(frame, 1400, 28), XDP_PASS,
		  TSP_COUNT_PATH_SHORT);
	expect_in(&e, "less than the inner header", frame, report(frame, 1400, 59),
		  XDP_PASS, TSP_COUNT_PATH_SHORT);
	expect_in(&e, "less than the IPv4 header", frame, report(frame, 1400, 19),
		  XDP_PASS, NOTHING_COUNTED);
	len = report(frame, 1400, 68);
	frame[14 + 21] = 3;
	expect_in(&e, "port unreachable", frame, len, XDP_PASS, NOTHING_COUNTED);
	frame[14 + 20] = 8;
	expect_in(&e, "echo request", frame, len, XDP_PASS, NOTHING_COUNTED);
	len = report(frame, 1400, 68);
	frame[14 + 6] = 0x20;
	expect_in(&e, "a fragment", frame, len, XDP_PASS, NOTHING_COUNTED);
}

/* the endpoint of an anonymous client says which tunnel it is */
static void short_reports_about_anonymous_clients(void **state)
{
	const uint32_t ipv4 = FRAME_CLIENT + 3;
	struct inside in = {.from = elsewhere, .to = six_anon(ipv4, 0, 3), .size = 1440};
	uint8_t frame[FRAME_MAX];
	size_t len = frame_native(frame, &in);

	NEEDS_ROOT;
	assert_int_equal(bpf_run_anon(&e.run, 1, ipv4, 0), 0);
	expect_out(&e, "sent", frame, len, NULL, TC_ACT_REDIRECT, NOTHING_COUNTED,
		   NOTHING_COUNTED);
	memcpy(last, e.result.frame, e.result.len);
	len = report(frame, 1400, 28);
	expect_in(&e, "8 bytes quoted", frame, len, XDP_DROP, TSP_COUNT_PATH_LOWERED);
	frame[QUOTED(4)] ^= 0x80;
	expect_in(&e, "identification", frame, len, XDP_DROP, TSP_COUNT_PATH_REFUSED);
	len = frame_native(frame, &in);
	expect_out(&e, "too big", frame, len, NULL, TC_ACT_REDIRECT, TSP_COUNT_TOO_BIG,
		   TSP_COUNT_TOO_BIG_SENT);
}

static void tunnels_in_udp_stay(void **state)
{
	uint8_t frame[FRAME_MAX];
	struct ip ip;
	size_t len;

	NEEDS_ROOT;
	deliver(UDP_USER, 1280);
	expect_in(&e, "UDP", frame, report(frame, 1200, 76), XDP_PASS, NOTHING_COUNTED);
	deliver(USER, 1480); /* quoted as if it had gone to the client in UDP */
	len = report(frame, 1200, 68);
	ip.ip_dst.s_addr = htonl(FRAME_CLIENT + 1);
	memcpy(frame + QUOTED(16), &ip.ip_dst, 4);
	frame[QUOTED(20 + 39)] = UDP_USER << 1 | 1;
	expect_in(&e, "protocol 41 to it", frame, len, XDP_DROP, TSP_COUNT_PATH_REFUSED);
	deliver(UDP_USER, 1280);
}

static void learned_for_one_tunnel_and_a_time(void **state)
{
	uint64_t *path;

	NEEDS_ROOT;
	path = (uint64_t *)&e.run.users_seen[USER].path;
	deliver(USER, 1480);
	told("1400", 1400, TSP_COUNT_PATH_LOWERED);
	assert_int_equal(too_big(USER, 1480), 1380);
	*path = (*path & 0xffffffff00000000) | (uint32_t)(*path - TSP_PATH_AGE);
	deliver(USER, 1480);
	told("1400", 1400, TSP_COUNT_PATH_LOWERED);
	bpf_run_user(&e.run, USER, FRAME_CLIENT, 0, 56);
	deliver(USER, 1480);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(identifications, fresh),
		cmocka_unit_test_setup(a_lower_path_mtu, fresh),
		cmocka_unit_test_setup(only_lower_than_what_was_sent, fresh),
		cmocka_unit_test_setup(never_below_1280, fresh),
		cmocka_unit_test_setup(no_mtu_in_the_report, fresh),
		cmocka_unit_test_setup(forged_reports, fresh),
		cmocka_unit_test_setup(parts_of_a_gso_packet, fresh),
		cmocka_unit_test_setup(reports_that_cannot_be_checked, fresh),
		cmocka_unit_test_setup(short_reports_about_anonymous_clients, fresh),
		cmocka_unit_test_setup(tunnels_in_udp_stay, fresh),
		cmocka_unit_test_setup(learned_for_one_tunnel_and_a_time, fresh),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
