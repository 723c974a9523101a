/* SPDX-License-Identifier: MIT */
/* uplink.h - make a tunnel, watch it, take it down */
#ifndef CLIENT_UPLINK_H
#define CLIENT_UPLINK_H

#include "client/attempt.h"
#include "client/hook.h"
#include "client/mover.h"

/** enum uplink_end - why a tunnel went down */
enum uplink_end {
	UPLINK_STOPPED, /* a signal asks to end */
	UPLINK_LOST,    /* keepalives are not answered */
	UPLINK_MOVED,   /* this machine has another IPv4 address */
	UPLINK_BROKEN,  /* device, socket or process failed */
};

/**
 * struct uplink - a tunnel
 * @hook:	Input of the template's variables
 * @offer:	Behind it
 * @mover:	The process that carries packets, sends keepalives, or both
 * @signalling:	TCP connection that the tunnel was asked for on; -1: none
 * @since:	When it came up, as clock_ms() counts
 * @answered:	A keepalive was answered
 * @last:	Last report of the mover
 */
struct uplink {
	struct hook_tunnel hook;
	struct answer_offer offer;
	struct child mover;
	int signalling;
	int64_t since;
	bool answered;
	struct mover_report last;
};

int uplink_make(struct uplink *u, struct attempt *attempt);
enum uplink_end uplink_watch(struct uplink *u);
int uplink_take_back(struct uplink *u);

#endif
