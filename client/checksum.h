/* SPDX-License-Identifier: MIT */
/* checksum.h - the internet checksum (RFC 1071) over long packets */
#ifndef CLIENT_CHECKSUM_H
#define CLIENT_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t checksum_add(uint64_t sum, const void *data, size_t len);
uint64_t checksum_pseudo(const uint8_t *ipv6, uint32_t len, uint8_t next);
uint16_t checksum_fold(uint64_t sum);

#endif
