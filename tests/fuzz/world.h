/* SPDX-License-Identifier: MIT */
/* world.h - the world around the broker that is fuzzed: files, users, tunnels */
#ifndef TESTS_FUZZ_WORLD_H
#define TESTS_FUZZ_WORLD_H

#include "broker/broker.h"
#include "tests/fuzz/fuzz.h"

extern struct config world_config;
extern struct peer world_peer;

void world_begin(struct fuzz_span options);
void world_check(void);
bool world_allows(enum broker_state state, uint32_t kind);
void world_check_secret(const void *data, size_t len);

#endif
