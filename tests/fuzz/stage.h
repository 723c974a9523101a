/* SPDX-License-Identifier: MIT */
/* stage.h - the stage around the broker that is fuzzed: files, users, tunnels */
#ifndef TESTS_FUZZ_STAGE_H
#define TESTS_FUZZ_STAGE_H

#include "broker/broker.h"
#include "tests/fuzz/fuzz.h"

extern struct config stage_config;
extern struct peer stage_peer;

void stage_begin(struct fuzz_span options);
void stage_check(void);
bool stage_allows(enum broker_state state, uint32_t kind);
void stage_check_secret(const void *data, size_t len);

#endif
