/* SPDX-License-Identifier: MIT */
/* mutate.h - random frames: sound ones of known tunnels, and what becomes of them */
#ifndef TESTS_DATAPATH_MUTATE_H
#define TESTS_DATAPATH_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#include "tests/datapath/model.h"

/** struct chance - a random number generator that a seed repeats (xorshift64*) */
struct chance {
	uint64_t state;
};

uint32_t chance_below(struct chance *c, uint32_t n);
size_t mutate_out(struct chance *c, const struct model *m, uint8_t frame[MODEL_FRAME]);
size_t mutate_in(struct chance *c, const struct model *m, uint8_t frame[MODEL_FRAME]);

#endif
