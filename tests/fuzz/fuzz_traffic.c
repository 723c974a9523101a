/* SPDX-License-Identifier: MIT */
/*
 * fuzz_traffic.c - output of a template for TSP_TUNNEL_INFO
 *
 * Input: its output. A counter that is known stands there as a separate word, in decimal
 * digits; put together again, the counters read the same.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tunnel/traffic.h"

static const char *const names[TRAFFIC_COUNTERS] = {"rx_bytes",      "tx_bytes",
						    "rx_packets",    "tx_packets",
						    "proof_packets", "proof_seconds"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy((struct fuzz_span){data, size}, 1), again[256] = "",
	     word[48];
	struct traffic traffic, reread;
	int i;

	traffic_parse(text, &traffic);
	for (i = 0; i < TRAFFIC_COUNTERS; i++) {
		if (!traffic.known[i])
			continue;
		CHECK(strstr(text, names[i]));
		snprintf(word, sizeof(word), " %s=%" PRIu64, names[i], traffic.count[i]);
		strcat(again, word);
	}
	traffic_parse(again, &reread);
	for (i = 0; i < TRAFFIC_COUNTERS; i++) {
		CHECK(reread.known[i] == traffic.known[i]);
		CHECK(!traffic.known[i] || reread.count[i] == traffic.count[i]);
	}
	CHECK(traffic_heard(&traffic, INT32_MAX) <= INT32_MAX);
	free(text);
	return 0;
}
