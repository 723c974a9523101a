/* SPDX-License-Identifier: MIT */
/* udp_quota.h - how many answers to unknown sources there are in a second */
#ifndef LISTEN_UDP_QUOTA_H
#define LISTEN_UDP_QUOTA_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define UDP_QUOTA_SOURCES 4096  /* a power of two */
#define UDP_QUOTA_SOURCE  512   /* answers a second to one source */
#define UDP_QUOTA_ALL     16384 /* and to all of them */

/** struct udp_bucket - tokens of a token bucket, and when they were counted */
struct udp_bucket {
	int64_t since; /* milliseconds */
	uint32_t spent;
};

/** struct udp_quota - one for all sources, and one for each, by a keyed hash */
struct udp_quota {
	uint64_t key[2];
	struct udp_bucket all;
	struct udp_bucket sources[UDP_QUOTA_SOURCES];
};

void udp_quota_init(struct udp_quota *q, const uint64_t key[2]);
bool udp_quota_take(struct udp_quota *q, struct in_addr source, int64_t now);

#endif
