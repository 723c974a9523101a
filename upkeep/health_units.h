/* SPDX-License-Identifier: MIT */
/* health_units.h - units and sockets of the broker */
#ifndef UPKEEP_HEALTH_UNITS_H
#define UPKEEP_HEALTH_UNITS_H

#include <stdbool.h>
#include <time.h>

/** struct health_units - state of the units, as far as systemd knows */
struct health_units {
	bool known;          /* systemd runs here and has answered */
	bool timer;          /* tsp-expire.timer is active */
	time_t timer_ran;    /* when it ran last; 0: never */
	bool expire_failed;  /* the last run of tsp-expire.service failed */
	bool restored;       /* tsp-restore.service has built the tunnels */
	bool restore_failed; /* or failed */
	bool tcp_failed;     /* tsp.socket or tsp-listen.socket could not get its port */
	bool udp_failed;     /* tsp-udp.socket neither */
};

void health_units_ask(struct health_units *out);
bool health_units_listen(const char *protocol, unsigned port);

#endif
