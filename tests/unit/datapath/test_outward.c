/* SPDX-License-Identifier: MIT */
/* test_outward.c - packets to clients: headers, sizes, routes */
#include "tests/datapath/expect.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>

#include "tests/datapath/bpf_network.h"

enum {
	USER = 5,
	UDP_USER = 6,
	NO_ROUTE = 7,
	NARROW = 8,
	HOST = 9,
	SECOND = 10,
	TINY = 11,
	PORT = 4000
};

static const struct six elsewhere = {0x20010db800060000, 2};
static struct expect e;

static int setup(void **state)
{
	(void)state;
	if (!expect_root())
		return 0;
	if (expect_setup(&e, 100, 100))
		return -1;
	bpf_run_user(&e.run, USER, FRAME_CLIENT, 0, 60);
	bpf_run_user(&e.run, UDP_USER, FRAME_CLIENT, PORT, 56);
	bpf_run_user(&e.run, NO_ROUTE, 0xcb007105, 0, 56);
	bpf_run_user(&e.run, NARROW, 0xc6336487, 0, 56);
	bpf_run_user(&e.run, HOST, FRAME_CLIENT, 0, 0);
	bpf_run_user(&e.run, SECOND, FRAME_CLIENT, PORT, 56);
	bpf_run_user(&e.run, TINY, 0xc6336487 + 64, 0, 56);
	e.run.users[SECOND].server = htonl(RUN_SERVER_2);
	e.run.users[SECOND].port = 1;
	return bpf_run_anon(&e.run, 1, FRAME_CLIENT, PORT);
}

/** native() - a packet from elsewhere */
static size_t native(uint8_t *frame, struct six to, uint16_t size)
{
	return frame_native(frame,
			    &(struct inside){.from = elsewhere, .to = to, .size = size});
}

/** sent() - run a packet that is sent */
static void sent(const char *what, struct inside in)
{
	uint8_t frame[FRAME_MAX];
	size_t len = frame_native(frame, &in);

	expect_out(&e, what, frame, len, NULL, TC_ACT_REDIRECT, NOTHING_COUNTED,
		   NOTHING_COUNTED);
}

/** outer() - the IPv4 header of the last result; it is sound and has the given length */
static struct ip outer(size_t total)
{
	struct ip ip;

	memcpy(&ip, e.result.frame + 14, sizeof(ip));
	assert_int_equal(e.result.frame[12] << 8 | e.result.frame[13], 0x0800);
	assert_int_equal(frame_sum(&ip, sizeof(ip), 0), 0);
	assert_int_equal(ntohs(ip.ip_len), total);
	assert_int_equal(e.result.len, 14 + total);
	assert_int_equal(ip.ip_v << 4 | ip.ip_hl, 0x45);
	assert_int_equal(ip.ip_ttl, 64);
	return ip;
}

static void protocol_41(void **state)
{
	struct inside in = {
		.from = elsewhere, .to = six_link(USER, 1), .ecn = 2, .size = 99};
	uint8_t frame[FRAME_MAX];
	struct ip ip;

	NEEDS_ROOT;
	sent("protocol 41", in);
	ip = outer(20 + 40 + 99);
	assert_int_equal(ip.ip_p, 41);
	assert_int_equal(ip.ip_tos, 2);
	assert_int_equal(ntohl(ip.ip_src.s_addr), RUN_SERVER);
	assert_int_equal(ntohl(ip.ip_dst.s_addr), FRAME_CLIENT);
	assert_int_equal(ntohs(ip.ip_off), 0x4000);
	frame_native(frame, &in);
	assert_memory_equal(e.result.frame + 34, frame + 14, 40 + 99);
}

static void udp(void **state)
{
	struct inside in = {.from = elsewhere, .to = six_link(UDP_USER, 1)};
	struct udphdr header;
	struct ip ip;

	NEEDS_ROOT;
	sent("UDP", in);
	ip = outer(20 + 8 + 40 + 16);
	memcpy(&header, e.result.frame + 34, sizeof(header));
	assert_int_equal(ip.ip_p, 17);
	assert_int_equal(ntohs(ip.ip_off), 0);
	assert_int_equal(ntohs(header.source), RUN_PORT);
	assert_int_equal(ntohs(header.dest), PORT);
	assert_int_equal(ntohs(header.len), 8 + 40 + 16);
	assert_int_equal(header.check, 0);
	in.to = six_link(SECOND, 1);
	sent("second server address and port", in);
	memcpy(&header, e.result.frame + 34, sizeof(header));
	assert_int_equal(ntohs(header.source), RUN_PORT_2);
	assert_int_equal(ntohl(outer(84).ip_src.s_addr), RUN_SERVER_2);
}

static void destinations(void **state)
{
	static const struct six nowhere[] = {
		{RUN_LINK, 4u << 1 | 1},
		{RUN_PREFIX | 4 << 8, 1},
		{RUN_PREFIX | USER << 8 | 0x10, 1}, /* not in its /60 */
		{RUN_PREFIX | HOST << 8, 1},
		{RUN_ANONYMOUS, 3},
		{RUN_LINK, 100u << 1 | 1},
		{0x20010db800070000, 1},
	};
	uint8_t frame[FRAME_MAX];

	NEEDS_ROOT;
	sent("prefix",
	     (struct inside){.from = elsewhere, .to = six_prefix(USER, 0xf, 1)});
	sent("host", (struct inside){.from = elsewhere, .to = six_link(HOST, 1)});
	sent("anonymous",
	     (struct inside){.from = elsewhere, .to = six_anon(FRAME_CLIENT, PORT, 3)});
	for (size_t i = 0; i < COUNT(nowhere); i++) {
		struct inside in = {.from = {0x2001000100000000 + ((uint64_t)i << 32), 1},
				    .to = nowhere[i]};

		expect_out(&e, "nowhere", frame, frame_native(frame, &in), NULL,
			   TC_ACT_REDIRECT, TSP_COUNT_ABSENT, TSP_COUNT_UNREACHABLE_SENT);
	}
}

static void what_no_error_answers(void **state)
{
	static const struct {
		struct six to;
		uint32_t counter;
	} cases[] = {
		{{0xff02ull << 48, 1}, TSP_COUNT_MULTICAST},
		{{0xfe80ull << 48, 1}, TSP_COUNT_LINK_LOCAL},
		{{0, 1}, TSP_COUNT_COMPATIBLE},
		{{0, 0xffff01020304}, TSP_COUNT_MAPPED},
	};
	uint8_t frame[FRAME_MAX];
	size_t len;

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_out(&e, "special", frame, native(frame, cases[i].to, 8), NULL,
			   TC_ACT_SHOT, cases[i].counter, NOTHING_COUNTED);
	len = native(frame, six_link(USER, 1), 8);
	frame[14] = 0x45;
	expect_out(&e, "IPv4 under IPv6's type", frame, len, NULL, TC_ACT_SHOT,
		   TSP_COUNT_NOT_IPV6, NOTHING_COUNTED);
	frame[12] = 8;
	frame[13] = 0;
	expect_out(&e, "IPv4", frame, len, NULL, TC_ACT_SHOT, TSP_COUNT_NOT_IPV6,
		   NOTHING_COUNTED);
}

static void no_route(void **state)
{
	uint8_t frame[FRAME_MAX];

	NEEDS_ROOT;
	expect_out(&e, "no route", frame, native(frame, six_link(NO_ROUTE, 1), 8), NULL,
		   TC_ACT_REDIRECT, TSP_COUNT_NO_ROUTE, TSP_COUNT_UNREACHABLE_SENT);
}

/** big() - the packet is too big, and its sender learns @mtu */
static void big(const char *what, struct six to, uint16_t size, const struct bpf_gso *gso,
		uint32_t mtu)
{
	static uint64_t sender = 0x2001000200000000;
	struct inside in = {.from = {sender, 1}, .to = to, .size = (uint16_t)(size - 40)};
	uint8_t frame[FRAME_MAX];
	uint32_t told;

	sender += 1ull << 32; /* each has its own tokens */
	expect_out(&e, what, frame, frame_native(frame, &in), gso, TC_ACT_REDIRECT,
		   TSP_COUNT_TOO_BIG, TSP_COUNT_TOO_BIG_SENT);
	assert_int_equal(e.result.frame[54], 2);
	memcpy(&told, e.result.frame + 58, 4);
	assert_int_equal(ntohl(told), mtu);
}

static void sizes(void **state)
{
	NEEDS_ROOT;
	sent("1480",
	     (struct inside){.from = elsewhere, .to = six_link(USER, 1), .size = 1440});
	big("1481", six_link(USER, 1), 1481, NULL, 1480);
	sent("UDP, 1280", (struct inside){.from = elsewhere,
					  .to = six_link(UDP_USER, 1),
					  .size = 1240});
	big("UDP, 1281", six_link(UDP_USER, 1), 1281, NULL, 1280);
	sent("narrow uplink",
	     (struct inside){.from = elsewhere, .to = six_link(NARROW, 1), .size = 1340});
	big("narrow uplink", six_link(NARROW, 1), 1381, NULL, 1380);
}

/* an uplink that IPv6 packets of 1280 bytes do not fit: no MTU to tell */
static void tiny_uplink(void **state)
{
	uint8_t frame[FRAME_MAX];

	NEEDS_ROOT;
	sent("1180",
	     (struct inside){.from = elsewhere, .to = six_link(TINY, 1), .size = 1140});
	expect_out(&e, "1181", frame, native(frame, six_link(TINY, 1), 1141), NULL,
		   TC_ACT_SHOT, TSP_COUNT_TOO_BIG, NOTHING_COUNTED);
	big("1281", six_link(TINY, 1), 1281, NULL, 1280);
}

/* Packets that the stack will cut: what counts is the size of a part. Here they fit or
 * not; then the kernel refuses them: BPF_PROG_RUN cannot say which kind of GSO it is. */
static void segments(void **state)
{
	uint8_t frame[FRAME_MAX];
	struct inside in = {
		.from = elsewhere, .to = six_link(USER, 1), .next = 6, .size = 3000};
	struct bpf_gso gso = {.size = 1408, .segments = 3};
	size_t len;

	NEEDS_ROOT;
	len = frame_native(frame, &in);
	frame[54 + 12] = 8 << 4; /* TCP header of 32 bytes */
	expect_out(&e, "1480 each", frame, len, &gso, TC_ACT_SHOT, TSP_COUNT_NO_ROOM,
		   NOTHING_COUNTED);
	gso.size = 1409;
	expect_out(&e, "1481 each", frame, len, &gso, TC_ACT_REDIRECT, TSP_COUNT_TOO_BIG,
		   TSP_COUNT_TOO_BIG_SENT);
	assert_int_equal(e.result.len, 14 + 48 + 464);
	in.next = 17;
	len = frame_native(frame, &in);
	gso.size = 1432;
	expect_out(&e, "UDP, 1480 each", frame, len, &gso, TC_ACT_SHOT, TSP_COUNT_NO_ROOM,
		   NOTHING_COUNTED);
	gso.size = 1433;
	expect_out(&e, "UDP, 1481 each", frame, len, &gso, TC_ACT_REDIRECT,
		   TSP_COUNT_TOO_BIG, TSP_COUNT_TOO_BIG_SENT);
}

static void counters_of_traffic(void **state)
{
	struct tsp_seen *seen = &e.run.users_seen[UDP_USER];
	struct inside in = {.from = elsewhere, .to = six_link(UDP_USER, 1), .size = 60};

	NEEDS_ROOT;
	bpf_run_user(&e.run, UDP_USER, FRAME_CLIENT, PORT, 56);
	sent("first", in);
	sent("second", in);
	assert_int_equal(seen->word, e.run.users[UDP_USER].word);
	assert_int_equal(seen->tx_packets, 2);
	assert_int_equal(seen->tx_bytes, 200);
	assert_int_equal(seen->rx_packets, 0);
}

static void blocked_and_epoch(void **state)
{
	struct tsp_block key = {.len = 32, .ipv4 = htonl(FRAME_CLIENT)};
	uint8_t frame[FRAME_MAX];
	size_t len = native(frame, six_link(USER, 1), 8);
	uint64_t value = 1;

	NEEDS_ROOT;
	assert_int_equal(bpf_run_put(&e.run, "tsp_blocked", &key, &value), 0);
	e.run.shared->blocking = 1;
	expect_out(&e, "blocked", frame, len, NULL, TC_ACT_SHOT, TSP_COUNT_BLOCKED,
		   NOTHING_COUNTED);
	e.run.shared->blocking = 0;
	assert_int_equal(bpf_run_take(&e.run, "tsp_blocked", &key), 0);
	e.run.shared->epoch++;
	expect_out(&e, "epoch", frame, len, NULL, TC_ACT_SHOT, TSP_COUNT_EPOCH,
		   NOTHING_COUNTED);
	e.run.shared->epoch -= 2;
	expect_out(&e, "epoch before", frame, len, NULL, TC_ACT_REDIRECT, NOTHING_COUNTED,
		   NOTHING_COUNTED);
	e.run.shared->epoch++;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protocol_41),
		cmocka_unit_test(udp),
		cmocka_unit_test(destinations),
		cmocka_unit_test(what_no_error_answers),
		cmocka_unit_test(no_route),
		cmocka_unit_test(sizes),
		cmocka_unit_test(tiny_uplink),
		cmocka_unit_test(segments),
		cmocka_unit_test(counters_of_traffic),
		cmocka_unit_test(blocked_and_epoch),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
