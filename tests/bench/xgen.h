/* SPDX-License-Identifier: MIT */
/* xgen.h - what both parts of xgen agree on */
#ifndef TESTS_BENCH_XGEN_H
#define TESTS_BENCH_XGEN_H

#include <linux/types.h>

#define XGEN_HEADERS 96          /* bytes of a frame that are written each time */
#define XGEN_STRIDE  7919        /* prime: the next client is not the next in memory */
#define XGEN_CLIENT  0x0a000000u /* 10.0.0.0: address of client 0 */
#define XGEN_PORT    40000

/** struct xgen - the frame, and where it differs from client to client */
struct xgen {
	__u64 headers[XGEN_HEADERS / 8];
	__u32 first, count; /* clients */
	__u32 ifindex;      /* where it goes out */
	__u32 sum;          /* of the IPv4 header without the client's address */
	__u32 at_address; /* the 32 bits of the client's IPv6 address that are its own */
	__u32 anonymous;  /* these are its IPv4 address; 0: twice its number, and 1 */
	__u32 at_ipv4, at_sum, at_port; /* 0: has none */
};

#endif
