/* SPDX-License-Identifier: MIT */
/* test_inside.c - which IPv6 packets a tunnel may contain */
#include "tests/datapath/expect.h"

#include <string.h>

enum { USER = 5, NOBODY = 6 };

static struct expect e, others; /* others: other tunnels of protocol 41 end here */

static int setup(void **state)
{
	struct tsp_config config;

	(void)state;
	if (!expect_root())
		return 0;
	bpf_run_config(&config);
	if (bpf_run_open(&e.run, &config, 10, 10))
		return -1;
	bpf_run_user(&e.run, USER, FRAME_CLIENT, 0, 56);
	config.flags = TSP_OTHERS;
	if (bpf_run_open(&others.run, &config, 10, 10))
		return -1;
	bpf_run_user(&others.run, USER, FRAME_CLIENT, 0, 56);
	return bpf_run_anon(&e.run, 1, FRAME_CLIENT, 0);
}

/** packet() - run what this user sends */
static void packet(const char *what, struct inside in, uint32_t counter)
{
	if (!in.from.high && !in.from.low)
		in.from = six_link(USER, 1);
	expect_tunnel(&e, what, (struct outside){0}, in,
		      counter == NOTHING_COUNTED ? XDP_REDIRECT : XDP_DROP, counter);
}

static const struct special {
	struct six address;
	uint32_t counter;
} specials[] = {
	{{0xff02ull << 48, 1}, TSP_COUNT_MULTICAST},
	{{0xff0eull << 48, 1}, TSP_COUNT_MULTICAST},
	{{0xfe80ull << 48, 1}, TSP_COUNT_LINK_LOCAL},
	{{0xfebfull << 48, 1}, TSP_COUNT_LINK_LOCAL},
	{{0, 0xffffc6336407}, TSP_COUNT_MAPPED},
	{{0, 1}, TSP_COUNT_COMPATIBLE},
	{{0, 0xc6336407}, TSP_COUNT_COMPATIBLE},
};

static void special_destinations(void **state)
{
	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(specials); i++)
		packet("destination", (struct inside){.to = specials[i].address},
		       specials[i].counter);
	packet("fec0::1", (struct inside){.to = {0xfec0ull << 48, 1}}, NOTHING_COUNTED);
	packet("::1:0:0:1", (struct inside){.to = {0, 0x1000000000001}}, NOTHING_COUNTED);
	packet("6to4", (struct inside){.to = {0x2002c00002010000, 1}}, NOTHING_COUNTED);
}

static void special_sources(void **state)
{
	struct inside in = {0};

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(specials); i++)
		packet("source", (struct inside){.from = specials[i].address},
		       specials[i].counter);
	in.from = (struct six){0x2002c00002010000, 1};
	packet("6to4 of another", in, TSP_COUNT_SIX_TO_FOUR);
	in.from = (struct six){0x2002c63364070000, 1};
	packet("6to4 of its own address", in, TSP_COUNT_FOREIGN);
	in.from = (struct six){0x20010db800070000, 1};
	packet("foreign", in, TSP_COUNT_FOREIGN);
	in.from = (struct six){RUN_LINK + 1, 1};
	packet("beside the link pool", in, TSP_COUNT_FOREIGN);
	/* the unspecified address, which frames.c takes for "not said" */
	expect_tunnel(&e, "::", (struct outside){0}, (struct inside){0}, XDP_DROP,
		      TSP_COUNT_COMPATIBLE);
}

static void other_tunnels_get_theirs(void **state)
{
	struct inside in = {.from = {0x20010db800070000, 1}};
	const struct outside udp = {.from_port = 4000}, out = {0};

	NEEDS_ROOT;
	expect_tunnel(&others, "foreign", out, in, XDP_PASS, TSP_COUNT_FOREIGN_PASSED);
	expect_tunnel(&others, "UDP", udp, in, XDP_DROP, TSP_COUNT_FOREIGN);
	in.to = (struct six){0xff02ull << 48, 5};
	expect_tunnel(&others, "to all routers", out, in, XDP_PASS,
		      TSP_COUNT_FOREIGN_PASSED);
	in.from = (struct six){0xfe80ull << 48, 1};
	expect_tunnel(&others, "link-local", out, in, XDP_PASS, TSP_COUNT_FOREIGN_PASSED);
	expect_tunnel(&others, "UDP, link-local", udp, in, XDP_DROP,
		      TSP_COUNT_LINK_LOCAL);
	in.from = (struct six){0x2002c00002010000, 1};
	expect_tunnel(&others, "6to4", out, in, XDP_DROP, TSP_COUNT_SIX_TO_FOUR);
	in.from = (struct six){0, 0xffffc6336407};
	expect_tunnel(&others, "mapped", out, in, XDP_DROP, TSP_COUNT_MAPPED);
	in.from = six_link(USER + 1, 1);
	expect_tunnel(&others, "ours", out, in, XDP_DROP, TSP_COUNT_SPOOFED);
	in.from = six_link(USER, 1);
	expect_tunnel(&others, "ours, to all routers", out, in, XDP_DROP,
		      TSP_COUNT_MULTICAST);
}

static void neighbour_discovery(void **state)
{
	NEEDS_ROOT;
	for (unsigned type = 0; type < 256; type++) {
		uint8_t icmp[8] = {(uint8_t)type};
		bool bad = type >= 133 && type <= 137;

		packet("ICMPv6",
		       (struct inside){.next = 58, .payload = icmp, .payload_given = 8},
		       bad ? TSP_COUNT_NEIGHBOUR : NOTHING_COUNTED);
	}
	packet("type is another protocol's",
	       (struct inside){
		       .next = 6, .payload = "\x86", .payload_given = 1, .size = 20},
	       NOTHING_COUNTED);
}

#define BYTES(text) sizeof(text) - 1, text

static void next_headers(void **state)
{
	/* what follows the IPv6 header: next header of it, then the bytes */
	static const struct {
		const char *what;
		uint8_t next, size, given;
		const char *bytes;
		uint32_t counter;
	} cases[] = {
		{"hop-by-hop, UDP", 0, 24, BYTES("\x11\0"), NOTHING_COUNTED},
		{"hop-by-hop, NA", 0, 16, BYTES("\x3a\0\0\0\0\0\0\0\x88"),
		 TSP_COUNT_NEIGHBOUR},
		{"hop-by-hop, echo", 0, 16, BYTES("\x3a\0\0\0\0\0\0\0\x80"),
		 NOTHING_COUNTED},
		{"options of 16, RA", 60, 24,
		 BYTES("\x3a\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x86"), TSP_COUNT_NEIGHBOUR},
		{"routing, redirect", 43, 16, BYTES("\x3a\0\0\0\0\0\0\0\x89"),
		 TSP_COUNT_NEIGHBOUR},
		{"fragment 0, NS", 44, 16, BYTES("\x3a\0\0\1\0\0\0\0\x87"),
		 TSP_COUNT_NEIGHBOUR},
		{"fragment 0, UDP", 44, 16, BYTES("\x11\0\0\1\0\0\0\0"), NOTHING_COUNTED},
		{"fragment 1, ICMPv6", 44, 16, BYTES("\x3a\0\0\x08\0\0\0\0\x87"),
		 NOTHING_COUNTED},
		{"fragment 32, ICMPv6", 44, 16, BYTES("\x3a\0\1\0\0\0\0\0\x87"),
		 NOTHING_COUNTED},
		{"fragment without ICMPv6", 44, 8, BYTES("\x3a\0\0\1\0\0\0\0"),
		 TSP_COUNT_EXTENSIONS},
		{"fragment without UDP", 44, 8, BYTES("\x11\0\0\1\0\0\0\0"),
		 NOTHING_COUNTED},
		{"cut off", 0, 7, BYTES("\x11\0"), TSP_COUNT_EXTENSIONS},
		{"longer than the packet", 60, 16, BYTES("\x3a\7\0\0\0\0\0\0"),
		 TSP_COUNT_EXTENSIONS},
		{"4, then UDP", 60, 40,
		 BYTES("\x3c\0\0\0\0\0\0\0\x3c\0\0\0\0\0\0\0\x3c\0\0\0\0\0\0\0\x11\0\0\0"
		       "\0\0\0\0"),
		 NOTHING_COUNTED},
		{"5", 60, 48,
		 BYTES("\x3c\0\0\0\0\0\0\0\x3c\0\0\0\0\0\0\0\x3c\0\0\0\0\0\0\0\x3c\0\0\0"
		       "\0\0\0\0"
		       "\x11"),
		 TSP_COUNT_EXTENSIONS},
		{"4, then RS", 60, 40,
		 BYTES("\x3c\0\0\0\0\0\0\0\x3c\0\0\0\0\0\0\0\x3c\0\0\0\0\0\0\0\x3a\0\0\0"
		       "\0\0\0\0\x85"),
		 TSP_COUNT_NEIGHBOUR},
		{"protocol 41", 41, 40, BYTES("\x60"), TSP_COUNT_NESTED},
		{"options, protocol 41", 60, 48, BYTES("\x29\0"), TSP_COUNT_NESTED},
		{"IPv4 inside", 4, 20, BYTES("\x45"), NOTHING_COUNTED},
		{"nothing follows", 59, 1, BYTES(""), NOTHING_COUNTED},
	};

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t bytes[48] = {0};

		memcpy(bytes, cases[i].bytes, cases[i].given);
		packet(cases[i].what,
		       (struct inside){.next = cases[i].next,
				       .hop_by_hop = !cases[i].next,
				       .payload = bytes,
				       .payload_given = cases[i].size},
		       cases[i].counter);
	}
}

static void icmpv6_without_a_type(void **state)
{
	uint8_t frame[FRAME_MAX];
	struct inside in = {.from = six_link(USER, 1), .next = 58, .size = 1};
	size_t len;

	NEEDS_ROOT;
	len = frame_tunnel(frame, &(struct outside){.total = 60}, &in);
	frame[34 + 5] = 0; /* payload length 0 */
	expect_in(&e, "no type", frame, len, XDP_DROP, TSP_COUNT_EXTENSIONS);
	frame[34 + 6] = 17;
	expect_in(&e, "UDP without a header", frame, len, XDP_REDIRECT, NOTHING_COUNTED);
	len = frame_tunnel(frame, &(struct outside){.fragment = 0x2000, .total = 60},
			   &in);
	expect_in(&e, "type in the next fragment", frame, len - 1, XDP_DROP,
		  TSP_COUNT_EXTENSIONS);
}

/* RFC 6040 figure 4: rows by the field inside, columns outside; 9: dropped */
static void congestion_marks(void **state)
{
	static const uint8_t wanted[4][4] = {
		{0, 0, 0, 9},
		{1, 1, 1, 3},
		{2, 1, 2, 3},
		{3, 3, 3, 3},
	};

	NEEDS_ROOT;
	for (uint8_t in = 0; in < 4; in++) {
		for (uint8_t out = 0; out < 4; out++) {
			struct outside outside = {.ecn = out};
			struct inside inside = {.from = six_link(USER, 1), .ecn = in};
			bool drop = wanted[in][out] == 9;

			expect_tunnel(&e, "ECN", outside, inside,
				      drop ? XDP_DROP : XDP_REDIRECT,
				      drop ? TSP_COUNT_CONGESTION : NOTHING_COUNTED);
			if (!drop)
				assert_int_equal(e.result.frame[15] >> 4 & 3,
						 wanted[in][out]);
		}
	}
}

/** ping() - an echo request to a server's end; the answer must be right */
static void ping(struct six from, struct six to)
{
	uint8_t request[64], reply[64], frame[FRAME_MAX];
	struct inside in = {.next = 58, .from = from, .to = to, .hop_limit = 9};
	size_t len;

	in.payload_given = (uint16_t)frame_echo(request, 128, from, to);
	in.payload = request;
	expect_tunnel(&e, "echo request", (struct outside){0}, in, XDP_REDIRECT,
		      TSP_COUNT_ECHO_REPLIED);
	frame_echo(reply, 129, to, from);
	in = (struct inside){.next = 58,
			     .from = to,
			     .to = from,
			     .payload = reply,
			     .payload_given = in.payload_given};
	len = frame_native(frame, &in);
	assert_int_equal(e.result.len, len);
	assert_memory_equal(e.result.frame + 12, frame + 12, len - 12);
}

static void the_servers_end(void **state)
{
	struct inside in = {.from = six_link(USER, 1), .to = six_link(USER, 0)};
	uint8_t icmp[8] = {128, 1};

	NEEDS_ROOT;
	ping(six_link(USER, 1), six_link(USER, 0));
	ping(six_prefix(USER, 1, 1), six_link(USER, 0));
	ping(six_link(USER, 1), six_anon(FRAME_CLIENT, 0, 2));
	ping(six_anon(FRAME_CLIENT, 0, 3), six_anon(FRAME_CLIENT, 0, 2));
	packet("UDP", in, TSP_COUNT_SERVER_END);
	in.next = 58;
	in.payload = icmp;
	in.payload_given = 8;
	packet("code 1", in, TSP_COUNT_SERVER_END);
	icmp[1] = 0;
	in.payload_given = 7;
	packet("short", in, TSP_COUNT_SERVER_END);
	in.payload_given = 8;
	icmp[0] = 129;
	packet("echo reply", in, TSP_COUNT_SERVER_END);
	in.to = six_link(NOBODY, 0);
	packet("of no tunnel", in, TSP_COUNT_ABSENT);
	in.to = six_link(0, 1);
	packet("the host's own address", in, NOTHING_COUNTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(special_destinations),
		cmocka_unit_test(special_sources),
		cmocka_unit_test(other_tunnels_get_theirs),
		cmocka_unit_test(neighbour_discovery),
		cmocka_unit_test(next_headers),
		cmocka_unit_test(icmpv6_without_a_type),
		cmocka_unit_test(congestion_marks),
		cmocka_unit_test(the_servers_end),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
