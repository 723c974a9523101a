/* SPDX-License-Identifier: MIT */
/* udp_report.h - log what was dropped, not too often */
#ifndef LISTEN_UDP_REPORT_H
#define LISTEN_UDP_REPORT_H

#include <stdint.h>

#include "listen/udp_peers.h"

/**
 * struct udp_report - counts beside those of the conversations
 * @kinds:	Datagrams by kind
 * @foreign:	Datagrams not from IPv4, or not to one address of ours
 * @said:	What the last line covered ...
 * @next:	... and when the next one may be written, in milliseconds
 */
struct udp_report {
	unsigned long kinds[UDP_KINDS];
	unsigned long foreign;
	unsigned long said;
	int64_t next;
};

void udp_report_log(struct udp_report *r, const unsigned long counts[UDP_COUNTS],
		    int64_t now);

#endif
