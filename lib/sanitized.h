/* SPDX-License-Identifier: MIT */
/*
 * sanitized.h - is this a build with AddressSanitizer?
 *
 * Such a build is for tests only. It is confined like any other, except where that would
 * keep a sanitizer from reporting: see sandbox/syscalls_gen.c and sandbox/sandbox.c.
 */
#ifndef LIB_SANITIZED_H
#define LIB_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define TSP_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TSP_SANITIZED 1
#endif
#endif
#ifndef TSP_SANITIZED
#define TSP_SANITIZED 0
#endif

#endif
