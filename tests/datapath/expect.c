/* SPDX-License-Identifier: MIT */
/* expect.c - verdict and counter of one frame */
#include "tests/datapath/expect.h"

#include <unistd.h>

#include "tests/datapath/bpf_network.h"

static const char *const names[] = {
#define NAME(name, text, explanation) [TSP_COUNT_##name] = (text),
	TSP_COUNTERS(NAME)[TSP_COUNTERS_END] = "nothing"};

/** expect_root() - may this process load BPF programs? */
int expect_root(void)
{
	return geteuid() == 0;
}

/**
 * expect_setup() - the test network, and programs with the tests' configuration
 * @e:		Result
 * @users:	Entries for users
 * @anonymous:	Entries for anonymous clients
 *
 * Return: 0, also without root, who is needed for it; -1
 */
int expect_setup(struct expect *e, uint32_t users, uint32_t anonymous)
{
	struct tsp_config config;

	if (!expect_root())
		return 0;
	bpf_run_config(&config);
	return bpf_network_make(&config) ||
			       bpf_run_open(&e->run, &config, users, anonymous)
		       ? -1
		       : 0;
}

/** check_counts() - @first and @second went up by one since @before, all others stayed */
static void check_counts(struct expect *e, const char *what, const uint64_t *before,
			 uint32_t first, uint32_t second)
{
	uint64_t after[TSP_COUNTERS_END];

	bpf_run_counts(&e->run, after);
	for (uint32_t i = 0; i < TSP_COUNTERS_END; i++) {
		uint64_t wanted = before[i] + (i == first) + (i == second);

		if (after[i] != wanted)
			fail_msg("%s: %s is %d, not %d", what, names[i],
				 (int)(after[i] - before[i]), (int)(wanted - before[i]));
	}
}

/**
 * expect_in() - run a frame from the uplink
 * @e:		Programs
 * @what:	What it is, for the message
 * @frame:	Frame
 * @len:	Its length
 * @verdict:	XDP_
 * @counter:	The only counter that changes; NOTHING_COUNTED: none does
 */
void expect_in(struct expect *e, const char *what, const uint8_t *frame, size_t len,
	       uint32_t verdict, uint32_t counter)
{
	uint64_t before[TSP_COUNTERS_END];

	bpf_run_counts(&e->run, before);
	assert_int_equal(bpf_run_in(&e->run, frame, len, 1, &e->result), 0);
	check_counts(e, what, before, counter, NOTHING_COUNTED);
	if (e->result.verdict != verdict)
		fail_msg("%s: verdict is %u, not %u", what, e->result.verdict, verdict);
	if (verdict == XDP_PASS) {
		assert_int_equal(e->result.len, len);
		assert_memory_equal(e->result.frame, frame, len);
	}
}

/** expect_tunnel() - run @in in @out; as expect_in() */
void expect_tunnel(struct expect *e, const char *what, struct outside out,
		   struct inside in, uint32_t verdict, uint32_t counter)
{
	uint8_t frame[FRAME_MAX];

	expect_in(e, what, frame, frame_tunnel(frame, &out, &in), verdict, counter);
}

/** expect_out() - run a frame to a client; as expect_in(), @second: another counter */
void expect_out(struct expect *e, const char *what, const uint8_t *frame, size_t len,
		const struct bpf_gso *gso, uint32_t verdict, uint32_t counter,
		uint32_t second)
{
	uint64_t before[TSP_COUNTERS_END];

	bpf_run_counts(&e->run, before);
	assert_int_equal(bpf_run_out(&e->run, frame, len, gso, 1, &e->result), 0);
	check_counts(e, what, before, counter, second);
	if (e->result.verdict != verdict)
		fail_msg("%s: verdict is %u, not %u", what, e->result.verdict, verdict);
}
