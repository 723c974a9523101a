/* SPDX-License-Identifier: MIT */
/* test_bpf_race.c - a lease changes hands while packets go through: nothing is mixed up
 *
 * One thread gives a lease to two clients in turn, by the rule of writers. Each packet
 * must be of one of the two, with all that belongs to it, or find no tunnel.
 */
#include "tests/datapath/expect.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/datapath/bpf_network.h"

enum { LEASE = 5, PACKETS = 300000, OWNERS = 2 };

/** struct side - one of the two that the lease is of */
static const struct side {
	uint32_t ipv4, server;
	uint64_t beyond;
} sides[OWNERS] = {
	{FRAME_CLIENT, RUN_SERVER, 0},
	{FRAME_CLIENT + 1, RUN_SERVER_2, 0xff},
};

static struct expect e;
static atomic_bool over;

static int setup(void **state)
{
	(void)state;
	return expect_setup(&e, 10, 10);
}

/** writer() - until all is over */
static void *writer(void *nothing)
{
	struct tsp_tunnel *t = &e.run.users[LEASE];

	for (unsigned i = 0; !over; i++) {
		const struct side *s = &sides[i % OWNERS];

		tsp_word_store(&t->word, 0);
		t->generation = tsp_next_generation(t->generation);
		*(volatile uint64_t *)&t->beyond = s->beyond;
		*(volatile uint32_t *)&t->server = htonl(s->server);
		tsp_word_store(&t->word, tsp_word(s->ipv4, 0, t->generation));
	}
	return nothing;
}

/** check_sent() - the frame that came out is of one side */
static void check_sent(void)
{
	struct ip ip;
	const struct side *s = sides;

	memcpy(&ip, e.result.frame + 14, sizeof(ip));
	while (s < sides + OWNERS && s->ipv4 != ntohl(ip.ip_dst.s_addr))
		s++;
	assert_true(s < sides + OWNERS);
	assert_int_equal(ntohl(ip.ip_src.s_addr), s->server);
	assert_int_equal(s->beyond,
			 0); /* the other was not delegated what this goes to */
}

static void outwards(void **state)
{
	struct inside in = {.from = {0x20010db800060000, 2},
			    .to = six_prefix(LEASE, 1, 1)};
	uint8_t frame[FRAME_MAX];
	size_t len = frame_native(frame, &in);
	uint64_t far = UINT64_MAX / 2;
	pthread_t thread;
	int sent = 0;

	NEEDS_ROOT;
	for (uint32_t i = 0; i < TSP_MAX_LIMITS;
	     i++) /* no errors, they are not the topic */
		assert_int_equal(bpf_run_put(&e.run, "tsp_limits", &i, &far), 0);
	over = false;
	assert_int_equal(pthread_create(&thread, NULL, writer, NULL), 0);
	for (int i = 0; i < PACKETS; i++) {
		assert_int_equal(bpf_run_out(&e.run, frame, len, NULL, 1, &e.result), 0);
		if (e.result.verdict == TC_ACT_REDIRECT) {
			check_sent();
			sent++;
		}
	}
	over = true;
	pthread_join(thread, NULL);
	assert_true(sent > 0);
}

static void inwards(void **state)
{
	struct outside out = {.from = sides[1].ipv4, .to = sides[0].server};
	struct inside in = {.from = six_link(LEASE, 1)};
	uint8_t frame[FRAME_MAX];
	size_t len = frame_tunnel(frame, &out, &in);
	pthread_t thread;

	NEEDS_ROOT;
	over = false;
	assert_int_equal(pthread_create(&thread, NULL, writer, NULL), 0);
	for (int i = 0; i < PACKETS; i++) { /* one side's endpoint, the other's server */
		assert_int_equal(bpf_run_in(&e.run, frame, len, 1, &e.result), 0);
		assert_int_equal(e.result.verdict, XDP_DROP);
	}
	over = true;
	pthread_join(thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outwards),
		cmocka_unit_test(inwards),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
