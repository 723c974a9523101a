/* SPDX-License-Identifier: MIT */
/* siphash.h - SipHash-2-4: checksums of lines, places of leases and index entries */
#ifndef LIB_SIPHASH_H
#define LIB_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash(const uint64_t key[2], const void *data, size_t len);

#endif
