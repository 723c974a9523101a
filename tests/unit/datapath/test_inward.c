/* SPDX-License-Identifier: MIT */
/* test_inward.c - packets from the uplink: what is a tunnel's, and the outer headers */
#include "tests/datapath/expect.h"

#include <string.h>

enum { USER = 5, UDP_USER = 6, UDP_CLIENT_PORT = 4000 };

static struct expect e;

/** setup() - a user with protocol 41 and one in UDP, and an anonymous one of each */
static int setup(void **state)
{
	struct tsp_config config;

	(void)state;
	if (!expect_root())
		return 0;
	bpf_run_config(&config);
	if (bpf_run_open(&e.run, &config, 1000, 1000))
		return -1;
	bpf_run_user(&e.run, USER, FRAME_CLIENT, 0, 56);
	bpf_run_user(&e.run, UDP_USER, FRAME_CLIENT, UDP_CLIENT_PORT, 56);
	return bpf_run_anon(&e.run, 1, FRAME_CLIENT, 0) |
	       bpf_run_anon(&e.run, 2, FRAME_CLIENT, UDP_CLIENT_PORT);
}

/** tunnel() - run one packet of the tunnel */
static void tunnel(const char *what, struct outside out, struct inside in,
		   uint32_t verdict, uint32_t counter)
{
	expect_tunnel(&e, what, out, in, verdict, counter);
}

/** decapsulated() - the result is a frame with @in alone and the device's address */
static void decapsulated(struct inside in)
{
	uint8_t frame[FRAME_MAX];
	size_t len = frame_native(frame, &in);

	memcpy(frame, e.run.config.mac, 6);
	memcpy(frame + 6, e.run.config.mac, 6);
	assert_int_equal(e.result.len, len);
	assert_memory_equal(e.result.frame, frame, len);
}

static void packets_of_all_kinds_of_tunnels(void **state)
{
	const struct {
		const char *what;
		struct outside out;
		struct inside in;
	} cases[] = {
		{"user", {0}, {.from = six_link(USER, 1)}},
		{"prefix", {0}, {.from = six_prefix(USER, 0x12, 1)}},
		{"user, UDP",
		 {.from_port = UDP_CLIENT_PORT},
		 {.from = six_link(UDP_USER, 1)}},
		{"prefix, UDP",
		 {.from_port = UDP_CLIENT_PORT},
		 {.from = six_prefix(UDP_USER, 0, 0)}},
		{"anonymous", {0}, {.from = six_anon(FRAME_CLIENT, 0, 3)}},
		{"anonymous, UDP",
		 {.from_port = UDP_CLIENT_PORT},
		 {.from = six_anon(FRAME_CLIENT, UDP_CLIENT_PORT, 3)}},
		{"802.1Q tag", {.vlan = 0x8100}, {.from = six_link(USER, 1)}},
		{"802.1ad tag", {.vlan = 0x88a8}, {.from = six_link(USER, 1)}},
		{"tag, UDP",
		 {.vlan = 0x8100, .from_port = UDP_CLIENT_PORT},
		 {.from = six_link(UDP_USER, 1)}},
	};

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(cases); i++) {
		tunnel(cases[i].what, cases[i].out, cases[i].in, XDP_REDIRECT,
		       NOTHING_COUNTED);
		decapsulated(cases[i].in);
	}
}

static void what_passes(void **state)
{
	const struct inside ours = {.from = six_link(USER, 1)};
	const struct {
		const char *what;
		struct outside out;
	} cases[] = {
		{"to another IPv4 address", {.to = 0xc0000203}},
		{"TCP", {.protocol = 6}},
		{"another UDP port", {.from_port = UDP_CLIENT_PORT, .to_port = 3655}},
		{"later UDP fragment", {.from_port = UDP_CLIENT_PORT, .fragment = 185}},
	};
	uint8_t frame[FRAME_MAX];
	size_t len;

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(cases); i++)
		tunnel(cases[i].what, cases[i].out, ours, XDP_PASS, NOTHING_COUNTED);
	len = frame_tunnel(frame, &(struct outside){.vlan = 0x8100}, &ours);
	frame[16] = 0x81; /* a second tag */
	frame[17] = 0;
	expect_in(&e, "two tags", frame, len, XDP_PASS, NOTHING_COUNTED);
	len = frame_tunnel(frame, &(struct outside){0}, &ours);
	frame[14] = 0x55;
	expect_in(&e, "IP version 5", frame, len, XDP_PASS, NOTHING_COUNTED);
	frame[14] = 0x44;
	expect_in(&e, "IPv4 header of 16 bytes", frame, len, XDP_PASS, NOTHING_COUNTED);
	len = frame_tunnel(frame, &(struct outside){.from_port = UDP_CLIENT_PORT}, &ours);
	frame[14 + 22] = frame[14 + 23] = 0;
	expect_in(&e, "UDP port 0, as unused ports are configured", frame, len, XDP_PASS,
		  NOTHING_COUNTED);
}

static void signalling_passes(void **state)
{
	static const uint8_t version[] = {0xf1, 0, 0, 1, 0, 0, 0, 0, 'V', 'E', 'R'};
	static const struct outside out[] = {
		{.from_port = UDP_CLIENT_PORT},
		{.from_port = UDP_CLIENT_PORT, .to_port = RUN_PORT_2},
		{.from_port = UDP_CLIENT_PORT, .vlan = 0x8100},
		{.from_port = UDP_CLIENT_PORT, .ihl = 6},
		{.from_port = UDP_CLIENT_PORT, .bad_checksum = true},
		{.udp = true}, /* tsp-udp decides on port 0 */
	};
	uint8_t frame[FRAME_MAX];

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(out); i++) {
		for (size_t len = 0; len <= sizeof(version); len += sizeof(version)) {
			size_t all = frame_ipv4(frame, &out[i], version, len);

			expect_in(&e, "signalling", frame, all, XDP_PASS,
				  NOTHING_COUNTED);
		}
	}
}

static void outer_headers(void **state)
{
	const struct inside user = {.from = six_link(USER, 1)},
			    udp_user = {.from = six_link(UDP_USER, 1)};
	const uint16_t port = UDP_CLIENT_PORT;
	const struct {
		const char *what;
		struct outside out;
		uint32_t counter;
	} cases[] = {
		{"options", {.ihl = 6}, TSP_COUNT_OPTIONS},
		{"most options", {.ihl = 15}, TSP_COUNT_OPTIONS},
		{"options, UDP", {.ihl = 6, .from_port = port}, TSP_COUNT_OPTIONS},
		{"checksum", {.bad_checksum = true}, TSP_COUNT_MALFORMED},
		{"checksum, UDP",
		 {.bad_checksum = true, .from_port = port},
		 TSP_COUNT_MALFORMED},
		{"longer than the frame", {.total = 77}, TSP_COUNT_MALFORMED},
		{"shorter than its header", {.total = 19}, TSP_COUNT_MALFORMED},
		{"shorter than the inner header", {.total = 59}, TSP_COUNT_MALFORMED},
		{"shorter than the inner packet", {.total = 75}, TSP_COUNT_MALFORMED},
		{"UDP shorter than its header",
		 {.udp_len = 7, .from_port = port},
		 TSP_COUNT_MALFORMED},
		{"UDP shorter than inside",
		 {.udp_len = 63, .from_port = port},
		 TSP_COUNT_MALFORMED},
		{"UDP longer than IPv4",
		 {.udp_len = 65, .from_port = port},
		 TSP_COUNT_MALFORMED},
		{"source port 0", {.udp = true}, TSP_COUNT_PORT_ZERO},
		{"first fragment, UDP",
		 {.from_port = port, .fragment = 0x2000},
		 TSP_COUNT_FRAGMENT},
	};

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(cases); i++)
		tunnel(cases[i].what, cases[i].out,
		       cases[i].out.udp || cases[i].out.from_port ? udp_user : user,
		       XDP_DROP, cases[i].counter);
}

static void inner_header_is_ipv6(void **state)
{
	uint8_t frame[FRAME_MAX];
	struct inside in = {.from = six_link(USER, 1)};
	size_t len;

	NEEDS_ROOT;
	len = frame_tunnel(frame, &(struct outside){0}, &in);
	frame[34] = 0x45;
	expect_in(&e, "IPv4 inside", frame, len, XDP_DROP, TSP_COUNT_MALFORMED);
	in.payload_len = 17;
	tunnel("payload longer than the packet", (struct outside){0}, in, XDP_DROP,
	       TSP_COUNT_MALFORMED);
	in.payload_len = 15; /* one byte follows: the stack cuts it off */
	tunnel("payload shorter", (struct outside){0}, in, XDP_REDIRECT, NOTHING_COUNTED);
	decapsulated(in);
}

static void fragments_of_protocol_41(void **state)
{
	const struct inside user = {.from = six_link(USER, 1)},
			    other = {.from = six_link(USER + 2, 1)};
	uint8_t frame[FRAME_MAX], bytes[64] = {0};
	size_t len;

	NEEDS_ROOT;
	tunnel("first", (struct outside){.fragment = 0x2000}, user, XDP_PASS,
	       TSP_COUNT_FRAGMENT_PASSED);
	tunnel("first, another's source", (struct outside){.fragment = 0x2000}, other,
	       XDP_DROP, TSP_COUNT_SPOOFED);
	tunnel("later, at 32", (struct outside){.fragment = 4}, user, XDP_DROP,
	       TSP_COUNT_FRAGMENT);
	tunnel("later, at 8, more follow", (struct outside){.fragment = 0x2001}, user,
	       XDP_DROP, TSP_COUNT_FRAGMENT);
	tunnel("later, at 40", (struct outside){.fragment = 5}, user, XDP_PASS,
	       TSP_COUNT_FRAGMENT_PASSED);
	len = frame_ipv4(frame, &(struct outside){.fragment = 0x2000}, bytes, 32);
	expect_in(&e, "first without the whole header", frame, len, XDP_DROP,
		  TSP_COUNT_FRAGMENT);
	len = frame_ipv4(frame, &(struct outside){.fragment = 5}, bytes, 8);
	expect_in(&e, "later, 8 bytes", frame, len, XDP_PASS, TSP_COUNT_FRAGMENT_PASSED);
}

/* what comes without a tunnel must not have a source that only tunnels have */
static void native_packets(void **state)
{
	const struct {
		struct six from;
		uint32_t verdict, counter;
	} cases[] = {
		{six_link(USER, 1), XDP_DROP, TSP_COUNT_NATIVE},
		{six_link(USER, 0), XDP_DROP, TSP_COUNT_NATIVE},
		{six_prefix(USER, 3, 9), XDP_DROP, TSP_COUNT_NATIVE},
		{six_anon(FRAME_CLIENT, 0, 3), XDP_DROP, TSP_COUNT_NATIVE},
		{six_anon(1, 1, 0), XDP_DROP, TSP_COUNT_NATIVE},
		{{0x20010db800070000, 1}, XDP_PASS, NOTHING_COUNTED},
		{{0xfe80000000000000, 1}, XDP_PASS, NOTHING_COUNTED},
		{{RUN_LINK + 1, 1}, XDP_PASS, NOTHING_COUNTED},
		{{RUN_PREFIX + (1ull << 28), 1}, XDP_PASS, NOTHING_COUNTED},
	};
	uint8_t frame[FRAME_MAX];

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = frame_native(frame, &(struct inside){.from = cases[i].from});

		expect_in(&e, "native", frame, len, cases[i].verdict, cases[i].counter);
	}
}

static void blocked_addresses(void **state)
{
	struct tsp_block key = {.len = 24};
	const struct inside user = {.from = six_link(USER, 1)};
	uint8_t frame[FRAME_MAX];
	uint64_t value = 1;
	size_t len;

	NEEDS_ROOT;
	memcpy(&key.ipv4, "\xc6\x33\x64", 3); /* 198.51.100.0/24 */
	assert_int_equal(bpf_run_put(&e.run, "tsp_blocked", &key, &value), 0);
	tunnel("not looked at", (struct outside){0}, user, XDP_REDIRECT, NOTHING_COUNTED);
	e.run.shared->blocking = 1;
	tunnel("blocked", (struct outside){0}, user, XDP_DROP, TSP_COUNT_BLOCKED);
	tunnel("blocked, UDP", (struct outside){.from_port = UDP_CLIENT_PORT}, user,
	       XDP_DROP, TSP_COUNT_BLOCKED);
	tunnel("another address", (struct outside){.from = 0xc6336507}, user, XDP_DROP,
	       TSP_COUNT_SPOOFED);
	len = frame_ipv4(frame, &(struct outside){.from_port = 9}, "\xf0", 1);
	expect_in(&e, "signalling", frame, len, XDP_DROP, TSP_COUNT_BLOCKED);
	len = frame_ipv4(frame, &(struct outside){.protocol = 6}, "\xf0", 1);
	expect_in(&e, "TCP", frame, len, XDP_PASS, NOTHING_COUNTED);
	e.run.shared->blocking = 0;
	assert_int_equal(bpf_run_take(&e.run, "tsp_blocked", &key), 0);
}

/* a program takes packets at its epoch and at the one before */
static void epochs(void **state)
{
	static const struct {
		int epoch;
		uint32_t verdict, counter;
	} cases[] = {
		{0, XDP_REDIRECT, NOTHING_COUNTED}, {-1, XDP_REDIRECT, NOTHING_COUNTED},
		{1, XDP_DROP, TSP_COUNT_EPOCH},     {2, XDP_DROP, TSP_COUNT_EPOCH},
		{-2, XDP_DROP, TSP_COUNT_EPOCH},
	};
	const struct inside user = {.from = six_link(USER, 1)};
	uint8_t frame[FRAME_MAX];
	size_t len;

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(cases); i++) {
		e.run.shared->epoch = e.run.config.epoch + (uint32_t)cases[i].epoch;
		tunnel("epoch", (struct outside){0}, user, cases[i].verdict,
		       cases[i].counter);
	}
	len = frame_native(frame, &user);
	expect_in(&e, "native", frame, len, XDP_PASS, NOTHING_COUNTED);
	len = frame_ipv4(frame, &(struct outside){.from_port = 9}, "\xf0", 1);
	expect_in(&e, "signalling", frame, len, XDP_PASS, NOTHING_COUNTED);
	e.run.shared->epoch = e.run.config.epoch;
}

static void short_frames_pass_or_drop(void **state)
{
	const struct inside user = {.from = six_link(USER, 1)};
	uint8_t frame[FRAME_MAX];
	size_t all;

	NEEDS_ROOT;
	for (int udp = 0; udp < 2; udp++) {
		struct outside out = {.from_port = udp ? UDP_CLIENT_PORT : 0,
				      .vlan = 0x8100};

		all = frame_tunnel(frame, &out, &user);
		for (size_t len = 14; len < all; len++) {
			assert_int_equal(bpf_run_in(&e.run, frame, len, 1, &e.result), 0);
			assert_true(e.result.verdict == XDP_PASS ||
				    e.result.verdict == XDP_DROP);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_of_all_kinds_of_tunnels),
		cmocka_unit_test(what_passes),
		cmocka_unit_test(signalling_passes),
		cmocka_unit_test(outer_headers),
		cmocka_unit_test(inner_header_is_ipv6),
		cmocka_unit_test(fragments_of_protocol_41),
		cmocka_unit_test(native_packets),
		cmocka_unit_test(blocked_addresses),
		cmocka_unit_test(epochs),
		cmocka_unit_test(short_frames_pass_or_drop),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
