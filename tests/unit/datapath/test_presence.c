/* SPDX-License-Identifier: MIT */
/* test_presence.c - keepalive addresses: proof of presence, and what goes out without it */
#include "tests/datapath/expect.h"

#include <endian.h>
#include <string.h>
#include <time.h>

#include "tests/datapath/bpf_network.h"

enum { USER = 5, OTHER = 6, PORT = 4000, OUTER = 20, ANONYMOUS = 3 };

#define SECRET  (RUN_SECRET | 0x1122334455667788)
#define THEIRS  (RUN_SECRET | 0x1122334455667789)
#define FOREVER ((uint64_t)UINT32_MAX >> 1) /* no turn for packets beyond the limit */

static const struct six elsewhere = {0x20010db800060000, 2}, ours = {RUN_LINK, SECRET},
			theirs = {RUN_LINK, THEIRS};
static struct expect e;

static int setup(void **state)
{
	(void)state;
	return expect_setup(&e, 100, 100);
}

/** fresh() - tunnels that nobody has been heard in */
static int fresh(void **state)
{
	(void)state;
	if (!expect_root())
		return 0;
	bpf_run_user(&e.run, USER, FRAME_CLIENT, 0, 56);
	bpf_run_secret(&e.run.users[USER], SECRET);
	bpf_run_user(&e.run, OTHER, FRAME_CLIENT, PORT, 56);
	bpf_run_secret(&e.run.users[OTHER], THEIRS);
	return 0;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool present(uint32_t lease)
{
	return tsp_present(e.run.users_seen[lease].present, e.run.users[lease].generation,
			   now());
}

/** echo() - an echo message of a type from USER's tunnel; @port: in UDP from there */
static void echo(const char *what, struct six from, struct six to, uint8_t type,
		 uint16_t port, uint32_t verdict, uint32_t counter)
{
	uint8_t payload[16];
	struct inside in = {.from = from, .to = to, .next = 58, .payload = payload};

	in.payload_given = (uint16_t)frame_echo(payload, type, from, to);
	expect_tunnel(&e, what, (struct outside){.from_port = port}, in, verdict,
		      counter);
}

static void a_ping_of_the_secret_is_answered_and_proves(void **state)
{
	struct inside reply = {.from = ours, .to = six_link(USER, 1), .next = 58};
	uint8_t payload[16], frame[FRAME_MAX];
	size_t len;

	NEEDS_ROOT;
	assert_false(present(USER));
	echo("ping", six_link(USER, 1), ours, 128, 0, XDP_REDIRECT, TSP_COUNT_PROVEN);
	assert_true(present(USER));
	assert_false(present(OTHER));
	assert_int_equal(tsp_proofs_count(e.run.users_seen[USER].proofs), 1);
	reply.payload = payload;
	reply.payload_given = (uint16_t)frame_echo(payload, 129, ours, six_link(USER, 1));
	len = frame_native(frame, &reply);
	assert_int_equal(e.result.len, len);
	assert_memory_equal(e.result.frame + 14, frame + 14, len - 14);
	echo("from the prefix", six_prefix(USER, 1, 1), ours, 128, 0, XDP_REDIRECT,
	     TSP_COUNT_PROVEN);
	assert_int_equal(tsp_proofs_count(e.run.users_seen[USER].proofs), 2);
	assert_int_equal(e.run.users_seen[USER].rx_packets, 2);
}

static void a_reply_to_a_ping_proves_and_ends_here(void **state)
{
	NEEDS_ROOT;
	echo("reply", six_link(USER, 1), ours, 129, 0, XDP_DROP, TSP_COUNT_PROVEN);
	assert_true(present(USER));
	assert_int_equal(tsp_proofs_count(e.run.users_seen[USER].proofs), 1);
}

static void nothing_else_proves(void **state)
{
	const struct six user = six_link(USER, 1), prefix = {RUN_LINK ^ 1, SECRET};

	NEEDS_ROOT;
	echo("another's secret", user, theirs, 128, 0, XDP_DROP, TSP_COUNT_SECRET);
	echo("wrong secret", user, (struct six){RUN_LINK, SECRET ^ 4}, 129, 0, XDP_DROP,
	     TSP_COUNT_SECRET);
	echo("another network", user, prefix, 128, 0, XDP_REDIRECT, NOTHING_COUNTED);
	echo("server's end", user, six_link(USER, 0), 128, 0, XDP_REDIRECT,
	     TSP_COUNT_ECHO_REPLIED);
	echo("another type", user, ours, 1, 0, XDP_DROP, TSP_COUNT_SERVER_END);
	echo("another endpoint", user, ours, 128, PORT, XDP_DROP, TSP_COUNT_PROTOCOL);
	expect_tunnel(&e, "UDP inside", (struct outside){0},
		      (struct inside){.from = user, .to = ours}, XDP_DROP,
		      TSP_COUNT_SERVER_END);
	expect_tunnel(&e, "too short", (struct outside){0},
		      (struct inside){.from = user, .to = ours, .next = 58, .size = 7},
		      XDP_DROP, TSP_COUNT_SERVER_END);
	assert_false(present(USER));
	bpf_run_secret(&e.run.users[USER], 0);
	echo("no secret", user, (struct six){RUN_LINK, RUN_SECRET}, 128, 0, XDP_DROP,
	     TSP_COUNT_SECRET);
	assert_false(present(USER));
}

static void a_proof_is_of_one_generation(void **state)
{
	NEEDS_ROOT;
	echo("ping", six_link(USER, 1), ours, 128, 0, XDP_REDIRECT, TSP_COUNT_PROVEN);
	assert_true(present(USER));
	bpf_run_secret(&e.run.users[USER], SECRET);
	assert_false(present(USER));
	echo("ping", six_link(USER, 1), ours, 128, 0, XDP_REDIRECT, TSP_COUNT_PROVEN);
	assert_int_equal(tsp_proofs_count(e.run.users_seen[USER].proofs), 1);
}

/** outwards() - a packet of @size bytes to USER from @from */
static void outwards(const char *what, struct six from, uint16_t size, uint32_t verdict,
		     uint32_t counter)
{
	uint8_t frame[FRAME_MAX];
	size_t len = frame_native(frame, &(struct inside){.from = from,
							  .to = six_link(USER, 1),
							  .size = (uint16_t)(size - 40)});

	expect_out(&e, what, frame, len, NULL, verdict, counter, NOTHING_COUNTED);
}

/** no_turns() - nothing beyond the limit from here on */
static void no_turns(void)
{
	e.run.users_seen[USER].proofs = tsp_proofs(0, FOREVER, 0);
}

static void a_client_that_is_not_present_gets_three_times_what_it_sent(void **state)
{
	const struct inside in = {.from = six_link(USER, 1), .size = 60};
	uint32_t room = 3 * (100 + OUTER);

	NEEDS_ROOT;
	expect_tunnel(&e, "100 bytes", (struct outside){0}, in, XDP_REDIRECT,
		      NOTHING_COUNTED);
	no_turns();
	outwards("more", elsewhere, (uint16_t)(room - OUTER + 1), TC_ACT_SHOT,
		 TSP_COUNT_UNPROVEN);
	outwards("a part", elsewhere, 100, TC_ACT_REDIRECT, NOTHING_COUNTED);
	room -= 100 + OUTER;
	outwards("more than the rest", elsewhere, (uint16_t)(room - OUTER + 1),
		 TC_ACT_SHOT, TSP_COUNT_UNPROVEN);
	outwards("the rest", elsewhere, (uint16_t)(room - OUTER), TC_ACT_REDIRECT,
		 NOTHING_COUNTED);
	outwards("and more", elsewhere, 41, TC_ACT_SHOT, TSP_COUNT_UNPROVEN);
	outwards("a ping of the server's", ours, 64, TC_ACT_REDIRECT, NOTHING_COUNTED);
	outwards("another's secret", theirs, 64, TC_ACT_SHOT, TSP_COUNT_UNPROVEN);
	echo("reply", six_link(USER, 1), ours, 129, 0, XDP_DROP, TSP_COUNT_PROVEN);
	outwards("present", elsewhere, 1400, TC_ACT_REDIRECT, NOTHING_COUNTED);
	no_turns();
	e.run.users_seen[USER].present = tsp_stamp(e.run.users[USER].generation,
						   now() - TSP_LAPSE_NS - 1000000000);
	outwards("lapsed", elsewhere, 100, TC_ACT_SHOT, TSP_COUNT_UNPROVEN);
	bpf_run_secret(&e.run.users[USER], 0);
	outwards("nothing to prove by", elsewhere, 1400, TC_ACT_REDIRECT,
		 NOTHING_COUNTED);
}

/** is_ping() - the frame that was sent is a ping of this client, with right checksums */
static void is_ping(struct six client)
{
	const uint8_t *six = e.result.frame + 14 + OUTER;
	uint8_t pseudo[40] = {[35] = 24, [39] = 58}, wanted[32];
	const uint64_t ends[4] = {htobe64(ours.high), htobe64(ours.low),
				  htobe64(client.high), htobe64(client.low)};
	uint16_t sum, header;

	memcpy(wanted, ends, sizeof(ends));
	assert_int_equal(e.result.len, 14 + OUTER + 40 + 24);
	assert_memory_equal(six, "\x60\0\0\0\0\x18\x3a\x40", 8);
	assert_memory_equal(six + 8, wanted, 32);
	assert_memory_equal(six + 40, "\x80\0", 2);
	memcpy(pseudo, wanted, 32);
	header = (uint16_t)~frame_sum(pseudo, sizeof(pseudo), 0);
	assert_int_equal(frame_sum(six + 40, 24, header), 0);
	/* the hardware may store the sum again where TCP and UDP have theirs */
	sum = (uint16_t)(six[40 + 16] << 8 | six[40 + 17]);
	assert_int_equal(sum, header);
	sum = (uint16_t)(six[40 + 6] << 8 | six[40 + 7]);
	assert_int_equal(sum, header);
}

/** next_turn() - another packet beyond the limit may be sent now */
static void next_turn(void)
{
	uint64_t was = e.run.users_seen[USER].proofs;

	e.run.users_seen[USER].proofs =
		tsp_proofs(tsp_proofs_count(was), 0, tsp_proofs_ping(was));
}

static void beyond_that_a_packet_or_a_ping_now_and_then(void **state)
{
	uint8_t frame[FRAME_MAX];
	size_t len;

	NEEDS_ROOT;
	outwards("first", elsewhere, 1000, TC_ACT_REDIRECT, NOTHING_COUNTED);
	assert_int_equal(e.result.len, 14 + OUTER + 1000);
	assert_true(tsp_proofs_next(e.run.users_seen[USER].proofs) ==
			    (now() >> TSP_HALF_SHIFT) + 1 ||
		    tsp_proofs_next(e.run.users_seen[USER].proofs) ==
			    now() >> TSP_HALF_SHIFT);
	next_turn();
	outwards("ping", elsewhere, 1000, TC_ACT_REDIRECT, TSP_COUNT_PINGED);
	is_ping(six_link(USER, 1));
	next_turn();
	outwards("packet", elsewhere, 1000, TC_ACT_REDIRECT, NOTHING_COUNTED);
	assert_int_equal(e.result.len, 14 + OUTER + 1000);
	next_turn();
	len = frame_native(
		frame, &(struct inside){.from = elsewhere, .to = six_prefix(USER, 7, 9)});
	expect_out(&e, "small, to the prefix", frame, len, NULL, TC_ACT_REDIRECT,
		   TSP_COUNT_PINGED, NOTHING_COUNTED);
	is_ping(six_link(USER, 1));
	no_turns();
	outwards("no turn", elsewhere, 100, TC_ACT_SHOT, TSP_COUNT_UNPROVEN);
}

static void anonymous_clients_too(void **state)
{
	const struct six client = six_anon(FRAME_CLIENT, PORT, 3);

	NEEDS_ROOT;
	assert_int_equal(bpf_run_anon(&e.run, ANONYMOUS, FRAME_CLIENT, PORT), 0);
	bpf_run_secret(&e.run.anon[ANONYMOUS], SECRET);
	echo("ping", client, ours, 128, PORT, XDP_REDIRECT, TSP_COUNT_PROVEN);
	assert_int_equal(tsp_proofs_count(e.run.anon_seen[ANONYMOUS].proofs), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_ping_of_the_secret_is_answered_and_proves,
				       fresh),
		cmocka_unit_test_setup(a_reply_to_a_ping_proves_and_ends_here, fresh),
		cmocka_unit_test_setup(nothing_else_proves, fresh),
		cmocka_unit_test_setup(a_proof_is_of_one_generation, fresh),
		cmocka_unit_test_setup(
			a_client_that_is_not_present_gets_three_times_what_it_sent,
			fresh),
		cmocka_unit_test_setup(beyond_that_a_packet_or_a_ping_now_and_then,
				       fresh),
		cmocka_unit_test_setup(anonymous_clients_too, fresh),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
