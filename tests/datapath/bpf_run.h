/* SPDX-License-Identifier: MIT */
/* bpf_run.h - the BPF programs with a configuration for tests, run on frames */
#ifndef TESTS_DATAPATH_BPF_RUN_H
#define TESTS_DATAPATH_BPF_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "datapath/bpf/maps.h"

#define FRAME_MAX     4096        /* bytes of a frame that is run */
#define RUN_SERVER    0xc0000201u /* 192.0.2.1 */
#define RUN_SERVER_2  0xc0000202u
#define RUN_PORT      3653
#define RUN_PORT_2    3654
#define RUN_LINK      0x20010db8ffff0000ull /* /64 */
#define RUN_PREFIX    0x20010db810000000ull /* /36, of which /56 are delegated */
#define RUN_ANONYMOUS 0x20010db8000a0000ull /* /64 */
#define RUN_DELEGATE  56
#define RUN_SECRET    0x8000000000000000ull /* keepalive addresses: RUN_LINK, and this bit */

/** struct bpf_run - loaded programs and their maps */
struct bpf_run {
	struct bpf_object *object;
	struct tsp_config config;
	struct tsp_shared *shared;
	struct tsp_tunnel *users, *anon;
	struct tsp_seen *users_seen, *anon_seen;
	struct tsp_bucket *index;
	uint32_t user_count, anon_count;
	int in, out;
};

/** struct bpf_result - what a program did */
struct bpf_result {
	uint32_t verdict; /* XDP_ or TC_ACT_ */
	uint32_t len;
	uint32_t ns; /* mean of all repetitions */
	uint8_t frame[FRAME_MAX];
};

/** struct bpf_gso - what the stack says of a packet that stands for several */
struct bpf_gso {
	uint32_t size, segments;
};

void bpf_run_config(struct tsp_config *config);
int bpf_run_open(struct bpf_run *run, const struct tsp_config *config, uint32_t users,
		 uint32_t anon);
void bpf_run_close(struct bpf_run *run);
int bpf_run_in(const struct bpf_run *run, const void *frame, size_t len, uint32_t repeat,
	       struct bpf_result *out);
int bpf_run_out(const struct bpf_run *run, const void *frame, size_t len,
		const struct bpf_gso *gso, uint32_t repeat, struct bpf_result *out);
uint64_t bpf_run_count(const struct bpf_run *run, uint32_t counter);
void bpf_run_counts(const struct bpf_run *run, uint64_t counts[TSP_COUNTERS_END]);
int bpf_run_map(const struct bpf_run *run, const char *name);
int bpf_run_put(const struct bpf_run *run, const char *map, const void *key,
		const void *value);
int bpf_run_take(const struct bpf_run *run, const char *map, const void *key);
int bpf_run_get(const struct bpf_run *run, const char *map, const void *key, void *value);
void bpf_run_user(const struct bpf_run *run, uint32_t n, uint32_t ipv4, uint16_t port,
		  uint32_t prefix_len);
void bpf_run_secret(struct tsp_tunnel *t, uint64_t secret);
void bpf_run_point(const struct bpf_run *run, uint64_t endpoint, uint32_t n);
int bpf_run_anon(const struct bpf_run *run, uint32_t n, uint32_t ipv4, uint16_t port);

#endif
