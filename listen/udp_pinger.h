/* SPDX-License-Identifier: MIT */
/* udp_pinger.h - when clients with an offer that takes no state are pinged */
#ifndef LISTEN_UDP_PINGER_H
#define LISTEN_UDP_PINGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "listen/udp_message.h"

#define UDP_PINGS       5    /* 1, 2, 4, 8 and 16 seconds after accept */
#define UDP_PINGER_ROOM 1024 /* clients that wait for the same ping; a power of two */

/** struct udp_pinger - a queue for each ping; all in a queue have waited equally long */
struct udp_pinger {
	struct udp_ping {
		struct udp_path path;
		int64_t due; /* milliseconds */
	} queues[UDP_PINGS][UDP_PINGER_ROOM];
	size_t head[UDP_PINGS], count[UDP_PINGS];
};

void udp_pinger_add(struct udp_pinger *p, const struct udp_path *path, int64_t now);
bool udp_pinger_take(struct udp_pinger *p, int64_t now, struct udp_path *out);
int64_t udp_pinger_next(const struct udp_pinger *p);

#endif
