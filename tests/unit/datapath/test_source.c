/* SPDX-License-Identifier: MIT */
/* test_source.c - whose source is it: endpoint, protocol, server, what was delegated */
#include "tests/datapath/expect.h"

#include <arpa/inet.h>
#include <string.h>

#include "datapath/bpf/anon_index.h"
#include "tests/datapath/bpf_network.h"

enum { USER = 5, HOST = 6, UDP_USER = 7, SHORT = 8, NOBODY = 9, LAST = 999 };
enum { PORT = 4000 };

static struct expect e;

static int setup(void **state)
{
	(void)state;
	if (!expect_root())
		return 0;
	if (expect_setup(&e, LAST + 1, 10))
		return -1;
	bpf_run_user(&e.run, USER, FRAME_CLIENT, 0, 56);
	bpf_run_user(&e.run, HOST, FRAME_CLIENT, 0, 0);
	bpf_run_user(&e.run, UDP_USER, FRAME_CLIENT, PORT, 64);
	bpf_run_user(&e.run, SHORT, FRAME_CLIENT, 0, 60);
	bpf_run_user(&e.run, LAST, FRAME_CLIENT, 0, 56);
	return bpf_run_anon(&e.run, 1, FRAME_CLIENT, 0) |
	       bpf_run_anon(&e.run, 2, FRAME_CLIENT, PORT);
}

/** from() - run a packet with this source from this endpoint */
static void from(const char *what, struct six source, uint16_t port, uint32_t counter)
{
	expect_tunnel(&e, what, (struct outside){.from_port = port},
		      (struct inside){.from = source},
		      counter == NOTHING_COUNTED ? XDP_REDIRECT : XDP_DROP, counter);
}

static void sources_of_users(void **state)
{
	NEEDS_ROOT;
	from("link", six_link(USER, 1), 0, NOTHING_COUNTED);
	from("the server's end", six_link(USER, 0), 0, TSP_COUNT_SPOOFED);
	from("no tunnel", six_link(NOBODY, 1), 0, TSP_COUNT_SPOOFED);
	from("lease 0", six_link(0, 1), 0, TSP_COUNT_SPOOFED);
	from("last entry", six_link(LAST, 1), 0, NOTHING_COUNTED);
	from("after the last entry", six_link(LAST + 1, 1), 0, TSP_COUNT_SPOOFED);
	from("number of 33 bits",
	     (struct six){RUN_LINK, (uint64_t)USER << 1 | 1ull << 33 | 1}, 0,
	     TSP_COUNT_SPOOFED);
	from("first bit set",
	     (struct six){RUN_LINK, (uint64_t)USER << 1 | 1ull << 63 | 1}, 0,
	     TSP_COUNT_SPOOFED);
	from("prefix without tunnel", six_prefix(NOBODY, 0, 1), 0, TSP_COUNT_SPOOFED);
}

static void delegated_and_not_more(void **state)
{
	NEEDS_ROOT;
	from("/56, first", six_prefix(USER, 0, 0), 0, NOTHING_COUNTED);
	from("/56, last", six_prefix(USER, 0xff, ~0ull), 0, NOTHING_COUNTED);
	from("nothing", six_prefix(HOST, 0, 1), 0, TSP_COUNT_UNDELEGATED);
	from("nothing, link", six_link(HOST, 1), 0, NOTHING_COUNTED);
	from("/64", six_prefix(UDP_USER, 0, ~0ull), PORT, NOTHING_COUNTED);
	from("after the /64", six_prefix(UDP_USER, 1, 0), PORT, TSP_COUNT_UNDELEGATED);
	from("/60, last", six_prefix(SHORT, 0xf, 0), 0, NOTHING_COUNTED);
	from("after the /60", six_prefix(SHORT, 0x10, 0), 0, TSP_COUNT_UNDELEGATED);
	from("last of its /56", six_prefix(SHORT, 0xff, 0), 0, TSP_COUNT_UNDELEGATED);
}

static void endpoints(void **state)
{
	const struct inside user = {.from = six_link(USER, 1)},
			    udp = {.from = six_link(UDP_USER, 1)};

	NEEDS_ROOT;
	expect_tunnel(&e, "another address", (struct outside){.from = FRAME_CLIENT + 1},
		      user, XDP_DROP, TSP_COUNT_SPOOFED);
	expect_tunnel(&e, "another address, UDP",
		      (struct outside){.from = FRAME_CLIENT + 1, .from_port = PORT}, udp,
		      XDP_DROP, TSP_COUNT_SPOOFED);
	from("another port", udp.from, PORT + 1, TSP_COUNT_PROTOCOL);
	from("protocol 41 instead of UDP", udp.from, 0, TSP_COUNT_PROTOCOL);
	from("UDP instead of protocol 41", user.from, PORT, TSP_COUNT_PROTOCOL);
}

static void server_addresses_and_ports(void **state)
{
	const struct inside user = {.from = six_link(USER, 1)},
			    udp = {.from = six_link(UDP_USER, 1)};
	struct outside out = {.to = RUN_SERVER_2};

	NEEDS_ROOT;
	expect_tunnel(&e, "second address", out, user, XDP_DROP, TSP_COUNT_SERVER);
	out.from_port = PORT;
	expect_tunnel(&e, "second address, UDP", out, udp, XDP_DROP, TSP_COUNT_SERVER);
	out = (struct outside){.from_port = PORT, .to_port = RUN_PORT_2};
	expect_tunnel(&e, "second port", out, udp, XDP_DROP, TSP_COUNT_SERVER);
	e.run.users[UDP_USER].port = 1;
	expect_tunnel(&e, "its second port", out, udp, XDP_REDIRECT, NOTHING_COUNTED);
	e.run.users[UDP_USER].port = 0;
	e.run.users[USER].server = htonl(RUN_SERVER_2);
	expect_tunnel(&e, "its second address", (struct outside){.to = RUN_SERVER_2},
		      user, XDP_REDIRECT, NOTHING_COUNTED);
	e.run.users[USER].server = htonl(RUN_SERVER);
}

static void anonymous_clients(void **state)
{
	struct six mine = six_anon(FRAME_CLIENT, 0, 3);
	uint64_t key = tsp_endpoint(tsp_word(FRAME_CLIENT + 9, 0, 0));
	struct outside its = {.from = FRAME_CLIENT + 9};
	struct inside in = {.from = six_anon(FRAME_CLIENT + 9, 0, 3)};

	NEEDS_ROOT;
	from("client", mine, 0, NOTHING_COUNTED);
	from("UDP client", six_anon(FRAME_CLIENT, PORT, 3), PORT, NOTHING_COUNTED);
	from("server's end", six_anon(FRAME_CLIENT, 0, 2), 0, TSP_COUNT_SPOOFED);
	from("end 1", six_anon(FRAME_CLIENT, 0, 1), 0, TSP_COUNT_SPOOFED);
	from("end 7", six_anon(FRAME_CLIENT, 0, 7), 0, TSP_COUNT_SPOOFED);
	from("end with a high bit", six_anon(FRAME_CLIENT, 0, 0x8003), 0,
	     TSP_COUNT_SPOOFED);
	from("another's", six_anon(FRAME_CLIENT + 1, 0, 3), 0, TSP_COUNT_SPOOFED);
	from("its own of another port", six_anon(FRAME_CLIENT, PORT, 3), 0,
	     TSP_COUNT_PROTOCOL);
	/* an index entry that leads to another's lease proves nothing */
	bpf_run_point(&e.run, key, 1);
	from("wrong index", six_anon(FRAME_CLIENT + 9, 0, 3), 0, TSP_COUNT_SPOOFED);
	expect_tunnel(&e, "wrong index, its address", its, in, XDP_DROP,
		      TSP_COUNT_SPOOFED);
	bpf_run_point(&e.run, key, 0);
}

/** blamed() - packets of @ipv4 that the map of spoofers has */
static uint64_t blamed(uint32_t ipv4)
{
	uint32_t key = htonl(ipv4);
	uint64_t n = 0;

	return bpf_run_get(&e.run, "tsp_spoofers", &key, &n) ? 0 : n;
}

/* tsp-udp answers them, and makes the tunnel when it sees proof of presence */
static void anonymous_clients_without_a_tunnel(void **state)
{
	const struct outside out = {.from = FRAME_CLIENT + 5, .from_port = PORT};
	struct inside in = {.from = six_anon(out.from, PORT, 3)};

	NEEDS_ROOT;
	expect_tunnel(&e, "its own address", out, in, XDP_PASS, TSP_COUNT_UNCLAIMED);
	expect_tunnel(&e, "to a port that nobody holds",
		      (struct outside){
			      .from = out.from, .from_port = PORT, .to_port = RUN_PORT_2},
		      in, XDP_DROP, TSP_COUNT_UNHEARD);
	in.from = six_anon(out.from, PORT, 2);
	expect_tunnel(&e, "server's end", out, in, XDP_DROP, TSP_COUNT_SPOOFED);
	in.from = six_anon(out.from, PORT + 1, 3);
	expect_tunnel(&e, "of another port", out, in, XDP_DROP, TSP_COUNT_SPOOFED);
	in.from = six_anon(out.from + 1, PORT, 3);
	expect_tunnel(&e, "of another address", out, in, XDP_DROP, TSP_COUNT_SPOOFED);
	in.from = six_anon(out.from, 0, 3);
	expect_tunnel(&e, "protocol 41", (struct outside){.from = out.from}, in, XDP_DROP,
		      TSP_COUNT_SPOOFED);
	in.from = six_link(NOBODY, 1);
	expect_tunnel(&e, "a user's address", out, in, XDP_DROP, TSP_COUNT_SPOOFED);
}

/* an index entry whose first bucket was full */
static void the_second_bucket(void **state)
{
	uint64_t endpoint = tsp_endpoint(tsp_word(FRAME_CLIENT, 0, 0));
	struct tsp_places p = tsp_index_places(endpoint, e.run.config.id_key[1],
					       e.run.config.index_mask);

	NEEDS_ROOT;
	bpf_run_point(&e.run, endpoint, 0);
	from("not in the index", six_anon(FRAME_CLIENT, 0, 3), 0, TSP_COUNT_SPOOFED);
	for (uint32_t i = 0; i < TSP_SLOTS; i++)
		e.run.index[p.first].slot[i] = tsp_index_slot(p.tag + 1, 3);
	e.run.index[p.second].slot[TSP_SLOTS - 1] = tsp_index_slot(p.tag, 1);
	from("in its second bucket", six_anon(FRAME_CLIENT, 0, 3), 0, NOTHING_COUNTED);
}

static void spoofers_are_counted_by_address(void **state)
{
	const uint32_t ipv4 = 0xcb007105;
	uint64_t before;
	const struct inside user = {.from = six_link(USER, 1)};

	NEEDS_ROOT;
	for (uint64_t i = 1; i <= 3; i++) {
		expect_tunnel(&e, "spoofed", (struct outside){.from = ipv4}, user,
			      XDP_DROP, TSP_COUNT_SPOOFED);
		assert_int_equal(blamed(ipv4), i);
	}
	expect_tunnel(&e, "malformed", (struct outside){.from = ipv4, .total = 19}, user,
		      XDP_DROP, TSP_COUNT_MALFORMED);
	assert_int_equal(blamed(ipv4), 3);
	before = blamed(FRAME_CLIENT);
	from("undelegated", six_prefix(HOST, 0, 1), 0, TSP_COUNT_UNDELEGATED);
	assert_int_equal(blamed(FRAME_CLIENT), before + 1);
}

static void a_tunnel_that_ended(void **state)
{
	NEEDS_ROOT;
	tsp_word_store(&e.run.users[USER].word, 0);
	from("ended", six_link(USER, 1), 0, TSP_COUNT_SPOOFED);
	from("ended, prefix", six_prefix(USER, 0, 1), 0, TSP_COUNT_SPOOFED);
	bpf_run_user(&e.run, USER, FRAME_CLIENT, 0, 56);
	from("begun again", six_link(USER, 1), 0, NOTHING_COUNTED);
}

static void traffic_is_of_one_generation(void **state)
{
	struct tsp_seen *seen = &e.run.users_seen[USER];
	struct inside in = {.from = six_link(USER, 1), .size = 100};
	const struct outside out = {0};

	NEEDS_ROOT;
	bpf_run_user(&e.run, USER, FRAME_CLIENT, 0, 56);
	expect_tunnel(&e, "first", out, in, XDP_REDIRECT, NOTHING_COUNTED);
	expect_tunnel(&e, "second", out, in, XDP_REDIRECT, NOTHING_COUNTED);
	assert_int_equal(seen->word, e.run.users[USER].word);
	assert_int_equal(seen->rx_packets, 2);
	assert_int_equal(seen->rx_bytes, 280);
	assert_int_equal(seen->tx_packets, 0);
	seen->tx_packets = seen->tx_bytes = 5;
	bpf_run_user(&e.run, USER, FRAME_CLIENT, 0, 56);
	assert_int_not_equal(seen->word, e.run.users[USER].word);
	in.size = 60;
	expect_tunnel(&e, "next tunnel", out, in, XDP_REDIRECT, NOTHING_COUNTED);
	assert_int_equal(seen->word, e.run.users[USER].word);
	assert_int_equal(seen->rx_packets, 1);
	assert_int_equal(seen->rx_bytes, 100);
	assert_int_equal(seen->tx_packets, 0);
	assert_int_equal(seen->tx_bytes, 0);
}

static void dropped_packets_are_not_heard(void **state)
{
	struct tsp_seen before =
		e.run.users_seen ? e.run.users_seen[USER] : (struct tsp_seen){0};

	NEEDS_ROOT;
	from("another port", six_link(USER, 1), PORT, TSP_COUNT_PROTOCOL);
	expect_tunnel(
		&e, "multicast", (struct outside){0},
		(struct inside){.from = six_link(USER, 1), .to = {0xff02ull << 48, 1}},
		XDP_DROP, TSP_COUNT_MULTICAST);
	assert_memory_equal(&before, &e.run.users_seen[USER], sizeof(before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_of_users),
		cmocka_unit_test(delegated_and_not_more),
		cmocka_unit_test(endpoints),
		cmocka_unit_test(server_addresses_and_ports),
		cmocka_unit_test(anonymous_clients),
		cmocka_unit_test(anonymous_clients_without_a_tunnel),
		cmocka_unit_test(the_second_bucket),
		cmocka_unit_test(spoofers_are_counted_by_address),
		cmocka_unit_test(a_tunnel_that_ended),
		cmocka_unit_test(traffic_is_of_one_generation),
		cmocka_unit_test(dropped_packets_are_not_heard),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
