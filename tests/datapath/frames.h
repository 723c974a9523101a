/* SPDX-License-Identifier: MIT */
/* frames.h - frames for tests of the data path: valid packets but for what a test changes */
#ifndef TESTS_DATAPATH_FRAMES_H
#define TESTS_DATAPATH_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/datapath/bpf_run.h"

/** struct six - an IPv6 address, host byte order */
struct six {
	uint64_t high, low;
};

/** struct inside - an IPv6 packet; 0: its default */
struct inside {
	struct six from, to; /* to: 2001:db8:6::2 */
	uint8_t next;        /* UDP */
	bool hop_by_hop;     /* next is 0 */
	uint8_t hop_limit;   /* 64 */
	uint8_t ecn;
	uint16_t size;        /* bytes after the header: 16 */
	uint16_t payload_len; /* in the header; size */
	const void *payload;  /* ... first bytes of them; zeros follow */
	uint16_t payload_given;
};

/** struct outside - what is around it; 0: its default */
struct outside {
	uint32_t from;      /* IPv4, host byte order: 198.51.100.7 */
	uint32_t to;        /* RUN_SERVER */
	uint16_t from_port; /* not 0: UDP */
	uint16_t to_port;   /* RUN_PORT */
	uint16_t udp_len;   /* what follows */
	uint8_t protocol;   /* 41, or UDP if there is a port */
	uint8_t ecn;
	uint8_t ihl;       /* 5; more: no-operation options */
	uint16_t fragment; /* the whole field */
	uint16_t total;    /* what follows */
	uint16_t vlan;     /* TPID of a tag; 0: none */
	bool bad_checksum;
	bool udp; /* also if from_port is 0 */
};

#define FRAME_CLIENT 0xc6336407u /* 198.51.100.7 */

size_t frame_native(uint8_t *frame, const struct inside *in);
size_t frame_tunnel(uint8_t *frame, const struct outside *out, const struct inside *in);
size_t frame_ipv4(uint8_t *frame, const struct outside *out, const void *payload,
		  size_t len);
uint16_t frame_sum(const void *data, size_t len, uint32_t sum);
size_t frame_echo(uint8_t *payload, uint8_t type, struct six from, struct six to);
struct six six_link(uint32_t n, int end);
struct six six_prefix(uint32_t n, uint64_t rest, uint64_t low);
struct six six_anon(uint32_t ipv4, uint16_t port, int end);

#endif
