/* SPDX-License-Identifier: MIT */
/* fuzz_sides.h - the programs and the model, with the same tunnels */
#ifndef TESTS_DATAPATH_FUZZ_SIDES_H
#define TESTS_DATAPATH_FUZZ_SIDES_H

#include "tests/datapath/frames.h"
#include "tests/datapath/model.h"

#define SIDES_USERS 40
#define SIDES_ANON  20

/** struct sides - both, and how often each decision was made */
struct sides {
	struct bpf_run run;
	struct model model;
	struct bpf_result got;
	struct model_result wanted;
	uint64_t *values; /* of the per-CPU counters */
	uint64_t counts[TSP_COUNTERS_END + 1];
	uint64_t seen[TSP_COUNTERS_END + 1];
	unsigned cpus;
};

int sides_open(struct sides *s, const struct tsp_config *config);
void sides_begin(struct sides *s, uint64_t round);
int sides_counted(struct sides *s, uint32_t which[2]);

#endif
