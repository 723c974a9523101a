/* SPDX-License-Identifier: MIT */
/* stores.h - what alloc-bench measures beside this project's allocation file */
#ifndef TESTS_BENCH_STORES_H
#define TESTS_BENCH_STORES_H

#include <netinet/in.h>
#include <stdint.h>

#include "lib/parse.h"

/** struct backend - a store under test */
struct backend {
	const char *name;
	void (*prepare)(uint32_t used); /* an empty store with @used leases in use */
	void (*allocate)(uint32_t n);   /* operation number @n, each a new owner */
	void (*keep)(void);             /* what stays open meanwhile; NULL: nothing */
};

extern const char *dir; /* where the store is */
extern uint32_t capacity;

void die(const char *what) __attribute__((noreturn));
struct in_addr owner_of(uint32_t n, char id[USER_ID_MAX + 1]);

void lmdb_prepare(uint32_t used);
void lmdb_allocate(uint32_t n);
void sqlite_prepare(uint32_t used);
void sqlite_allocate(uint32_t n);
void sqlite_keep(void);
void disk_prepare(uint32_t used);
void disk_allocate(uint32_t n);

#endif
