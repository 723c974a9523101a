/* SPDX-License-Identifier: MIT */
/* fuzz_filter.c - the programs and the model decide about the same random frames
 *
 * usage: fuzz_filter [INPUTS [SEED]]
 *
 * Verdict, counter, the frame that comes out and the traffic counted must be the same.
 * The first difference ends it, with the frame. At the end each decision was seen.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/datapath/frames.h"
#include "tests/datapath/mutate.h"

#define ROUND 20000 /* inputs until tunnels are made anew */

static const char *const names[] = {
#define NAME(name, text, explanation) [TSP_COUNT_##name] = text,
	TSP_COUNTERS(NAME)[TSP_COUNTERS_END] = "nothing counted"};

/** struct fuzz - both sides, and how often each decision was made */
struct fuzz {
	struct bpf_run run;
	struct model model;
	struct bpf_result got;
	struct model_result wanted;
	uint64_t *values; /* of the per-CPU counters */
	uint64_t counts[TSP_COUNTERS_END + 1];
	uint64_t seen[TSP_COUNTERS_END + 1];
	unsigned cpus;
};

/** store() - a six in network byte order */
static void store(uint8_t *at, struct six a)
{
	for (int i = 0; i < 8; i++) {
		at[i] = (uint8_t)(a.high >> (56 - 8 * i));
		at[8 + i] = (uint8_t)(a.low >> (56 - 8 * i));
	}
}

/** prefix() - for the model */
static struct model_prefix prefix(struct six a, unsigned len)
{
	struct model_prefix p = {.len = len};

	store(p.address, a);
	return p;
}

/** user() - lease @n for both sides, kinds by its number */
static void user(struct fuzz *f, uint32_t n)
{
	static const unsigned lengths[] = {0, 56, 57, 60, 63, 64};
	struct model_tunnel *t = &f->model.tunnels[f->model.count++];
	unsigned len = lengths[n % 6];

	*t = (struct model_tunnel){.ipv4 = 0x0a000000 + n / 2,
				   .port = n % 3 ? 0 : (uint16_t)(1000 + n),
				   .server = n % 5 ? RUN_SERVER : RUN_SERVER_2};
	store(t->client, six_link(n, 1));
	store(t->server_end, six_link(n, 0));
	t->share = prefix(six_prefix(n, 0, 0), RUN_DELEGATE);
	t->delegated = prefix(six_prefix(n, 0, 0), len);
	if (t->port)
		t->server_port = n % 2 ? RUN_PORT : RUN_PORT_2;
	bpf_run_user(&f->run, n, t->ipv4, t->port, len);
	f->run.users[n].server = __builtin_bswap32(t->server);
	f->run.users[n].port = t->server_port == RUN_PORT_2;
}

/** anon() - anonymous lease @n for both sides */
static void anon(struct fuzz *f, uint32_t n)
{
	struct model_tunnel *t = &f->model.tunnels[f->model.count++];

	*t = (struct model_tunnel){.ipv4 = 0x0a000000 + n,
				   .port = n % 2 ? (uint16_t)(1000 + n) : 0,
				   .server_port = n % 2 ? RUN_PORT : 0,
				   .server = RUN_SERVER};
	store(t->client, six_anon(t->ipv4, t->port, 3));
	store(t->server_end, six_anon(t->ipv4, t->port, 2));
	if (bpf_run_anon(&f->run, n, t->ipv4, t->port))
		exit(111);
}

/** begin() - all tunnels anew */
static void begin(struct fuzz *f, uint64_t round)
{
	struct tsp_block key = {.len = 30, .ipv4 = __builtin_bswap32(0x0a000010)};
	uint64_t value = 1;

	f->model.count = 0;
	for (uint32_t n = 1; n <= 40; n++)
		user(f, n);
	for (uint32_t n = 1; n <= 20; n++)
		anon(f, n);
	f->run.shared->blocking = round % 2;
	f->model.blocked = 0x0a000010;
	f->model.blocked_mask = round % 2 ? 0xfffffffc : 0;
	if (bpf_run_put(&f->run, "tsp_blocked", &key, &value))
		exit(111);
}

/** counted() - the counter that the last run changed; -1: more than one */
static int counted(struct fuzz *f)
{
	uint32_t keys[TSP_COUNTERS_END], count = TSP_COUNTERS_END, at;
	int which = TSP_COUNTERS_END, many = 0;
	long rc = bpf_map_lookup_batch(bpf_run_map(&f->run, "tsp_counters"), NULL, &at,
				       keys, f->values, &count, NULL);

	if (rc && count != TSP_COUNTERS_END)
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t sum = 0;

		for (unsigned cpu = 0; cpu < f->cpus; cpu++)
			sum += f->values[i * f->cpus + cpu];
		if (sum != f->counts[keys[i]]) {
			many += 1 + (sum != f->counts[keys[i]] + 1);
			which = (int)keys[i];
		}
		f->counts[keys[i]] = sum;
	}
	return many > 1 ? -1 : which;
}

static uint64_t minute(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return ((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec) >>
	       TSP_MINUTE_SHIFT;
}

/** dump() - the frame and both opinions */
static void dump(const struct fuzz *f, uint64_t input, const uint8_t *frame, size_t len,
		 int counter)
{
	printf("input %llu: verdict %u, %s, %u bytes; the model says %u, %s, %zu bytes\n",
	       (unsigned long long)input, f->got.verdict,
	       counter < 0 ? "several" : names[counter], f->got.len, f->wanted.verdict,
	       names[f->wanted.counter], f->wanted.len);
	for (size_t i = 0; i < len; i++)
		printf("%02x%s", frame[i], i % 32 == 31 ? "\n" : " ");
	printf("\n");
}

/** agree() - one frame; false: they differ */
static bool agree(struct fuzz *f, uint64_t input, const uint8_t *frame, size_t len)
{
	int counter;

	do { /* again, if a minute ended meanwhile */
		f->model.minute = minute();
		if (bpf_run_in(&f->run, frame, len, 1, &f->got)) {
			perror("run");
			return false;
		}
		counter = counted(f);
	} while (counter == TSP_COUNT_PATH_REFUSED && f->model.minute != minute());
	model_in(&f->model, frame, len, &f->wanted);
	if (f->got.verdict != f->wanted.verdict || counter != (int)f->wanted.counter ||
	    (f->got.verdict != XDP_DROP &&
	     (f->got.len != f->wanted.len ||
	      memcmp(f->got.frame, f->wanted.frame, f->got.len) != 0))) {
		dump(f, input, frame, len, counter);
		return false;
	}
	f->seen[counter]++;
	return true;
}

/** same_traffic() - both counted the same for all users */
static bool same_traffic(const struct fuzz *f)
{
	for (uint32_t n = 1; n <= 40; n++) {
		const struct tsp_seen *s = &f->run.users_seen[n];
		const struct model_tunnel *t = &f->model.tunnels[n - 1];

		if (t->packets &&
		    (s->word != f->run.users[n].word || s->rx_packets != t->packets ||
		     s->rx_bytes != t->bytes)) {
			printf("lease %u: %llu packets, %llu bytes; the model says %llu, "
			       "%llu\n",
			       n, (unsigned long long)s->rx_packets,
			       (unsigned long long)s->rx_bytes,
			       (unsigned long long)t->packets,
			       (unsigned long long)t->bytes);
			return false;
		}
	}
	return true;
}

/** open_both() - the programs and the model with the same configuration */
static int open_both(struct fuzz *f, bool others)
{
	struct tsp_config config;

	bpf_run_config(&config);
	config.flags = others ? TSP_OTHERS : 0;
	f->cpus = (unsigned)libbpf_num_possible_cpus();
	f->values = calloc((size_t)TSP_COUNTERS_END * f->cpus, sizeof(*f->values));
	f->model = (struct model){.servers = {RUN_SERVER, RUN_SERVER_2},
				  .ports = {RUN_PORT, RUN_PORT_2},
				  .others = others,
				  .key = {config.id_key[0], config.id_key[1]}};
	memcpy(f->model.mac, config.mac, 6);
	f->model.pools[0] = prefix((struct six){RUN_LINK, 0}, 64);
	f->model.pools[1] = prefix((struct six){RUN_PREFIX, 0}, 36);
	f->model.pools[2] = prefix((struct six){RUN_ANONYMOUS, 0}, 64);
	return f->values ? bpf_run_open(&f->run, &config, 100, 100) : -1;
}

/** all_seen() - every decision inwards was made; the epoch is a unit test's */
static bool all_seen(const struct fuzz *f)
{
	bool all = true;

	for (uint32_t i = 0; i <= TSP_COUNTERS_END; i++) {
		bool outwards = i >= TSP_COUNT_NOT_IPV6 && i <= TSP_COUNT_LIMITED &&
				i != TSP_COUNT_ABSENT;

		printf("%10llu  %s\n", (unsigned long long)f->seen[i], names[i]);
		if (!f->seen[i] && !outwards && i != TSP_COUNT_EPOCH &&
		    i != TSP_COUNT_UNREACHABLE_SENT && i != TSP_COUNT_TOO_BIG_SENT) {
			printf("never: %s\n", names[i]);
			all = false;
		}
	}
	return all;
}

int main(int argc, char **argv)
{
	uint64_t inputs = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
	struct chance chance = {.state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
	static struct fuzz sides[2]; /* the second has other tunnels of protocol 41 */
	uint8_t frame[MODEL_FRAME];

	if (!chance.state || open_both(&sides[0], false) || open_both(&sides[1], true))
		return 111;
	for (uint64_t i = 0; i < inputs; i++) {
		struct fuzz *f = &sides[i % 8 == 0];
		size_t len;

		if (i % ROUND == 0) {
			begin(&sides[0], i / ROUND);
			begin(&sides[1], i / ROUND);
		}
		len = mutate_in(&chance, &f->model, frame);
		if (!agree(f, i, frame, len) ||
		    (i % ROUND == ROUND - 1 && !same_traffic(f)))
			return 1;
	}
	for (uint32_t i = 0; i <= TSP_COUNTERS_END; i++)
		sides[0].seen[i] += sides[1].seen[i];
	if (!all_seen(&sides[0]))
		return 1;
	printf("%llu inputs, no difference\n", (unsigned long long)inputs);
	return 0;
}
