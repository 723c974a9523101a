/* SPDX-License-Identifier: MIT */
/* broker.h - the deciding side of a session */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include <stdbool.h>

#include "alloc/store.h"
#include "auth/sasl.h"
#include "lib/config.h"
#include "lib/ipc.h"
#include "lib/peer.h"
#include "tunnel/tunnel.h"

/**
 * enum broker_state - state of the conversation, which the broker keeps by itself
 * @BROKER_LOGIN:	before authentication: IPC_LOGIN -> COMMAND, STEP, or DONE when refused
 * @BROKER_STEP:	a mechanism is under way: IPC_STEP -> COMMAND, STEP or DONE
 * @BROKER_COMMAND:	authenticated: IPC_CREATE -> OFFERED or COMMAND;
 *			IPC_INFO, IPC_DELETE -> COMMAND
 * @BROKER_OFFERED:	a tunnel is up and its lease held: IPC_ACCEPT, IPC_REJECT -> DONE
 * @BROKER_DONE:	no request but a note is served
 */
enum broker_state {
	BROKER_LOGIN,
	BROKER_STEP,
	BROKER_COMMAND,
	BROKER_OFFERED,
	BROKER_DONE,
	BROKER_STATES,
};

/** struct broker - one session's deciding side */
struct broker {
	const struct config *config;
	const struct peer *peer;
	enum broker_state state;
	enum mechanism mechanism;
	struct sasl *sasl; /* NULL: no login yet */
	struct store store;
	bool store_open;
	struct store_claim claim; /* in BROKER_OFFERED: the lease that is offered */
	struct tunnel tunnel;     /* in BROKER_OFFERED: what was built */
	bool promised;            /* b->tunnel is told, but kept nowhere (promise.c) */
	uint64_t secret;          /* for a promised tunnel's lease; 0: make one */
	const char *why; /* the rule that refused a request; NULL: the status tells */
	bool reported;   /* the log has a line about this session */
};

int broker_serve(const struct config *config, const struct peer *peer, int fd);

#endif
