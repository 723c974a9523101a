/* SPDX-License-Identifier: MIT */
/* traffic.h - read the counters that a template prints for TSP_TUNNEL_INFO */
#ifndef TUNNEL_TRAFFIC_H
#define TUNNEL_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum traffic_counter {
	TRAFFIC_RX_BYTES,
	TRAFFIC_TX_BYTES,
	TRAFFIC_RX_PACKETS,
	TRAFFIC_TX_PACKETS,
	TRAFFIC_PROOF_PACKETS, /* by which the client proved its presence */
	TRAFFIC_PROOF_SECONDS, /* since the last of them */
	TRAFFIC_COUNTERS,
};

/** struct traffic - counters since the tunnel was built; rx is what the client sent */
struct traffic {
	bool known[TRAFFIC_COUNTERS];
	uint64_t count[TRAFFIC_COUNTERS];
};

void traffic_parse(const char *text, struct traffic *out);
time_t traffic_heard(const struct traffic *traffic, time_t now);

#endif
