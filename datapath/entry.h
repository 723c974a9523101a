/* SPDX-License-Identifier: MIT */
/* entry.h - one tunnel in the maps: write, remove, read its counters */
#ifndef DATAPATH_ENTRY_H
#define DATAPATH_ENTRY_H

#include "datapath/entries.h"
#include "datapath/variables.h"

/** struct entry_counters - IPv6 packets of a client, and bytes with their headers */
struct entry_counters {
	uint64_t rx_packets, rx_bytes; /* from the client */
	uint64_t tx_packets, tx_bytes; /* to the client */
	uint32_t proofs;               /* from the client, to its keepalive address */
	int64_t proof_age;             /* seconds since the last one; -1: none */
};

int entry_add(struct entries *e, const struct request *r);
int entry_delete(struct entries *e, const struct request *r);
int entry_read(struct entries *e, const struct request *r, struct entry_counters *out);
int entry_counted(struct seen *seen, uint32_t lease, uint64_t word,
		  struct entry_counters *out);

#endif
