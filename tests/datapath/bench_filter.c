/* SPDX-License-Identifier: MIT */
/* bench_filter.c - what a packet costs in the programs alone, by how many clients send
 *
 * usage: bench_filter [PACKETS]
 *
 * Each packet is one BPF_PROG_RUN, of another client than the one before; the kernel says
 * how long the program took. Output: nanoseconds, median of all packets, less those of a
 * frame that the program does not look at. Taking turns shows what caches cost.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/datapath/frames.h"
#include "tests/datapath/bpf_network.h"

#define STRIDE 7919        /* prime: the next client is not the next in memory */
#define CLIENT 0x0a800000u /* 10.128.0.0: the first is one more */
#define MOST   1000000u

enum kind { USER_41, USER_UDP, ANON_41, KINDS };

static const char *const kinds[] = {"users, protocol 41", "users, UDP", "anonymous"};
static const struct six elsewhere = {0x20010db800060000, 2};

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/** address() - IPv6 address of client @n */
static struct six address(enum kind kind, uint32_t n)
{
	return kind == ANON_41 ? six_anon(CLIENT + n, 0, 3) : six_link(n, 1);
}

/** fill() - tunnels of @count clients */
static int fill(const struct bpf_run *run, enum kind kind, uint32_t count)
{
	for (uint32_t n = 1; n <= count; n++) {
		if (kind != ANON_41)
			bpf_run_user(run, n, CLIENT + n, kind == USER_UDP ? 4000 : 0, 56);
		else if (bpf_run_anon(run, n, CLIENT + n, 0))
			return -1;
	}
	return 0;
}

/** once() - ns that one packet of client @n takes; 0 after a message */
static uint32_t once(const struct bpf_run *run, enum kind kind, bool in, uint32_t n)
{
	static struct bpf_result result;
	struct outside out = {.from = CLIENT + n,
			      .from_port = kind == USER_UDP ? 4000 : 0};
	struct inside inside = {.from = in ? address(kind, n) : elsewhere,
				.to = in ? elsewhere : address(kind, n)};
	uint8_t frame[FRAME_MAX];
	uint32_t good = in ? XDP_REDIRECT : TC_ACT_REDIRECT;
	size_t len =
		in ? frame_tunnel(frame, &out, &inside) : frame_native(frame, &inside);
	int rc;

	if (!n) {
		frame[12] = 8; /* ARP */
		frame[13] = 6;
		good = in ? XDP_PASS : TC_ACT_SHOT;
	}
	rc = in ? bpf_run_in(run, frame, len, 1, &result)
		: bpf_run_out(run, frame, len, NULL, 1, &result);
	if (rc || result.verdict != good) {
		fprintf(stderr, "client %u: verdict %u\n", n, result.verdict);
		return 0;
	}
	return result.ns ? result.ns : 1;
}

/** measure() - median ns of packets of @clients in turn; 0: of a frame not looked at */
static uint32_t measure(const struct bpf_run *run, enum kind kind, bool in,
			uint32_t clients, uint32_t packets)
{
	uint32_t *ns = calloc(packets, sizeof(*ns)), median = 0;

	if (!ns)
		exit(111);
	for (uint32_t i = 0; i < packets; i++) {
		uint32_t n = clients ? 1 + (uint32_t)((uint64_t)i * STRIDE % clients) : 0;

		ns[i] = once(run, kind, in, n);
		if (!ns[i])
			exit(111);
	}
	qsort(ns, packets, sizeof(*ns), compare);
	median = ns[packets / 2];
	free(ns);
	return median;
}

int main(int argc, char **argv)
{
	static const uint32_t clients[] = {1, 52760, MOST};
	uint32_t packets = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
	struct tsp_config config;
	struct bpf_run run;

	bpf_run_config(&config);
	if (bpf_network_make(&config) || bpf_run_open(&run, &config, MOST + 1, MOST + 1))
		return 111;
	printf("ns for each packet\t1\t52,760\t1,000,000 clients in turn\n");
	for (enum kind kind = USER_41; kind < KINDS; kind++) {
		if (fill(&run, kind, MOST))
			return 111;
		for (int in = 1; in >= 0; in--) {
			uint32_t base = measure(&run, kind, in, 0, packets);

			printf("%s, %s", kinds[kind], in ? "in" : "out");
			for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
				printf("\t%u",
				       measure(&run, kind, in, clients[i], packets) -
					       base);
			printf("\n");
		}
	}
	return 0;
}
