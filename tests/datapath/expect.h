/* SPDX-License-Identifier: MIT */
/* expect.h - verdict and counter of one frame */
#ifndef TESTS_DATAPATH_EXPECT_H
#define TESTS_DATAPATH_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include "tests/datapath/frames.h"
#include "tests/unit/skip.h"

#define COUNT(array)    (sizeof(array) / sizeof((array)[0]))
#define NOTHING_COUNTED TSP_COUNTERS_END

#define NEEDS_ROOT                                                                       \
	do {                                                                             \
		(void)state;                                                             \
		if (!expect_root())                                                      \
			skip_because("loading BPF needs root");                          \
	} while (0)

/** struct expect - one loaded set of programs, and the last result */
struct expect {
	struct bpf_run run;
	struct bpf_result result;
};

int expect_root(void);
int expect_setup(struct expect *e, uint32_t users, uint32_t anonymous);
void expect_in(struct expect *e, const char *what, const uint8_t *frame, size_t len,
	       uint32_t verdict, uint32_t counter);
void expect_tunnel(struct expect *e, const char *what, struct outside out,
		   struct inside in, uint32_t verdict, uint32_t counter);
void expect_out(struct expect *e, const char *what, const uint8_t *frame, size_t len,
		const struct bpf_gso *gso, uint32_t verdict, uint32_t counter,
		uint32_t second);

#endif
