/* SPDX-License-Identifier: MIT */
/* fuzz_filter.c - the programs and the model decide about the same random frames
 *
 * usage: fuzz_filter [INPUTS [SEED]]
 *
 * Verdict, counters, the frame that comes out and the traffic counted must be the same.
 * The first difference ends it, with the frame. At the end each decision was seen.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/datapath/bpf_network.h"
#include "tests/datapath/fuzz_sides.h"
#include "tests/datapath/mutate.h"

#define ROUND 20000 /* inputs until tunnels are made anew */

static const char *const names[] = {
#define NAME(name, text, explanation) [TSP_COUNT_##name] = (text),
	TSP_COUNTERS(NAME)[TSP_COUNTERS_END] = "nothing counted"};

static uint64_t minute(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return ((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec) >>
	       TSP_MINUTE_SHIFT;
}

/** dump() - the frame and both opinions */
static void dump(const struct sides *s, const uint8_t *frame, size_t len,
		 const uint32_t which[2])
{
	printf("verdict %u, %s, %s, %u bytes; the model says %u, %s, %s, %zu bytes\n",
	       s->got.verdict, names[which[0]], names[which[1]], s->got.len,
	       s->wanted.verdict, names[s->wanted.counter], names[s->wanted.second],
	       s->wanted.len);
	for (size_t i = 0; i < len; i++)
		printf("%02x%s", frame[i], i % 32 == 31 ? "\n" : " ");
	printf("\n");
}

/** run_both() - one frame, inwards or outwards; false: it cannot be run */
static bool run_both(struct sides *s, bool in, const uint8_t *frame, size_t len,
		     uint32_t which[2])
{
	do { /* again, if a minute ended meanwhile and it matters; what is sent counts again */
		s->model.minute = minute();
		if (in ? bpf_run_in(&s->run, frame, len, 1, &s->got)
		       : bpf_run_out(&s->run, frame, len, NULL, 1, &s->got)) {
			perror("run");
			return false;
		}
		if (sides_counted(s, which))
			which[0] = which[1] = TSP_COUNT_EPOCH; /* which nobody expects */
		if (!in)
			model_out(&s->model, frame, len, &s->wanted);
	} while (s->model.minute != minute() &&
		 (!in || which[0] == TSP_COUNT_PATH_REFUSED));
	if (in)
		model_in(&s->model, frame, len, &s->wanted);
	return true;
}

/** same_counters() - in any order */
static bool same_counters(const struct model_result *w, const uint32_t which[2])
{
	return (which[0] == w->counter && which[1] == w->second) ||
	       (which[0] == w->second && which[1] == w->counter);
}

/** agree() - one frame; false: they differ */
static bool agree(struct sides *s, bool in, const uint8_t *frame, size_t len)
{
	uint32_t which[2];
	bool same;

	if (!run_both(s, in, frame, len, which))
		return false;
	if (s->wanted.random_id) { /* and the checksum with it */
		memcpy(s->wanted.frame + 18, s->got.frame + 18, 2);
		memcpy(s->wanted.frame + 24, s->got.frame + 24, 2);
	}
	same = s->got.verdict == s->wanted.verdict && same_counters(&s->wanted, which);
	if (same && s->got.verdict != (in ? (uint32_t)XDP_DROP : (uint32_t)TC_ACT_SHOT))
		same = s->got.len == s->wanted.len &&
		       !memcmp(s->got.frame, s->wanted.frame, s->got.len);
	if (!same)
		dump(s, frame, len, which);
	s->seen[which[0]]++;
	s->seen[which[1]]++;
	return same;
}

/** same_traffic() - both counted the same for all users */
static bool same_traffic(const struct sides *s)
{
	for (uint32_t n = 1; n <= SIDES_USERS; n++) {
		const struct tsp_seen *seen = &s->run.users_seen[n];
		const struct model_tunnel *t = &s->model.tunnels[n - 1];

		if (t->packets &&
		    (seen->word != s->run.users[n].word ||
		     seen->rx_packets != t->packets || seen->rx_bytes != t->bytes ||
		     seen->tx_packets != t->sent || seen->tx_bytes != t->sent_bytes ||
		     tsp_proofs_count(seen->proofs) != t->proofs ||
		     !t->present == !!seen->present)) {
			printf("lease %u: received %llu (%llu bytes), sent %llu (%llu), "
			       "%u proofs, present %llx; the model says %llu (%llu), "
			       "%llu (%llu), %llu, %d\n",
			       n, (unsigned long long)seen->rx_packets,
			       (unsigned long long)seen->rx_bytes,
			       (unsigned long long)seen->tx_packets,
			       (unsigned long long)seen->tx_bytes,
			       tsp_proofs_count(seen->proofs),
			       (unsigned long long)seen->present,
			       (unsigned long long)t->packets,
			       (unsigned long long)t->bytes, (unsigned long long)t->sent,
			       (unsigned long long)t->sent_bytes,
			       (unsigned long long)t->proofs, t->present);
			return false;
		}
	}
	return true;
}

/** all_seen() - every decision was made; the epoch and sent errors are for unit tests */
static bool all_seen(const struct sides *s)
{
	bool all = true;

	for (uint32_t i = 0; i <= TSP_COUNTERS_END; i++) {
		bool not_here = i == TSP_COUNT_EPOCH || i == TSP_COUNT_NO_ROOM ||
				i == TSP_COUNT_UNREACHABLE_SENT ||
				i == TSP_COUNT_PINGED || /* nothing has a turn */
				i == TSP_COUNT_TOO_BIG_SENT;

		printf("%10llu  %s\n", (unsigned long long)s->seen[i], names[i]);
		if (!s->seen[i] && !not_here) {
			printf("never: %s\n", names[i]);
			all = false;
		}
	}
	return all;
}

/** fuzz() - send a number of frames, a third of them outwards */
static bool fuzz(struct sides sides[2], struct chance *chance, uint64_t inputs)
{
	uint8_t frame[MODEL_FRAME];

	for (uint64_t i = 0; i < inputs; i++) {
		struct sides *s = &sides[i % 8 == 0];
		bool in = i % 3;
		size_t len;

		if (i % ROUND == 0) {
			sides_begin(&sides[0], i / ROUND);
			sides_begin(&sides[1], i / ROUND);
		}
		len = in ? mutate_in(chance, &s->model, frame)
			 : mutate_out(chance, &s->model, frame);
		if (!agree(s, in, frame, len) ||
		    (i % ROUND == ROUND - 1 && !same_traffic(s))) {
			printf("input %llu\n", (unsigned long long)i);
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	uint64_t inputs = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
	struct chance chance = {.state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
	static struct sides sides[2]; /* the second has other tunnels of protocol 41 */
	struct tsp_config config;

	bpf_run_config(&config);
	if (!chance.state || bpf_network_make(&config) || sides_open(&sides[0], &config))
		return 111;
	config.flags = TSP_OTHERS;
	if (sides_open(&sides[1], &config))
		return 111;
	if (!fuzz(sides, &chance, inputs))
		return 1;
	for (uint32_t i = 0; i <= TSP_COUNTERS_END; i++)
		sides[0].seen[i] += sides[1].seen[i];
	if (!all_seen(&sides[0]))
		return 1;
	printf("%llu inputs, no difference\n", (unsigned long long)inputs);
	return 0;
}
