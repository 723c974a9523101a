/* SPDX-License-Identifier: MIT */
/* fuzz.h - what the fuzz targets share: assertions, input in parts, scratch files */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** CHECK() - an invariant: the input that breaks it is a finding like one that crashes */
#define CHECK(condition)                                                                 \
	((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))

/** struct fuzz_span - a part of the input */
struct fuzz_span {
	const uint8_t *p;
	size_t len;
};

extern unsigned fuzz_log_lines; /* lines the code under test has logged so far */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void fuzz_broken(const char *file, int line, const char *what) __attribute__((noreturn));
char *fuzz_copy(struct fuzz_span s, size_t more);
bool fuzz_line(struct fuzz_span *rest, struct fuzz_span *line);
const char *fuzz_scratch(void);
const char *fuzz_file(const char *name, const void *data, size_t len);

#endif
