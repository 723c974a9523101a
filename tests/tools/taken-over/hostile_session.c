// SPDX-License-Identifier: MIT
/*
 * hostile_session.c - a session in enemy hands that says everything to its broker
 *
 * Linked before libtsp.a, session_run() takes the place of the real one, in a real handler: it
 * sends hostile packets (lib/hostile.c) behind the real sandbox, and then ends, or never does.
 * The adversary program does the same to broker_serve() alone, and judges each reply.
 */
#include "session/session.h"

#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tools/lib/hostile.h"

#define PACKETS  60
#define WAIT_MS  2000 /* for an answer, of which there may be none */
#define STAY_ONE 8    /* of so many sessions one never ends */

/** after() - where the conversation is after a reply */
static enum broker_state after(enum broker_state state, const struct ipc_reply *reply)
{
	switch (reply->kind) {
	case IPC_CHALLENGE:
		return BROKER_STEP;
	case IPC_OFFER:
		return BROKER_OFFERED;
	default:
		return state <= BROKER_STEP && reply->result.status == STATUS_SUCCESS
			       ? BROKER_COMMAND
			       : state;
	}
}

/** converse() - until the broker has had enough */
static void converse(struct hostile *h, int broker)
{
	struct pollfd answer = {.fd = broker, .events = POLLIN};
	struct ipc_reply reply;
	int i;

	for (i = 0; i < PACKETS; i++) {
		const struct hostile_packet *p = hostile_next(h);

		if (send(broker, p->bytes, p->len, MSG_NOSIGNAL) < 0)
			return;
		if (poll(&answer, 1, WAIT_MS) <= 0)
			continue;
		if (recv(broker, &reply, sizeof(reply), 0) != (ssize_t)sizeof(reply))
			return;
		if (reply.kind == IPC_CHALLENGE && reply.sasl.len <= IPC_SASL_MAX)
			h->challenge = reply.sasl;
		h->state = after(h->state, &reply);
	}
}

int session_run(const struct config *config, const struct session_link *link, int broker)
{
	static struct hostile h;

	(void)config;
	(void)link;
	if (getrandom(&h.random, sizeof(h.random), 0) < 0 || !h.random)
		h.random = 1;
	h.peer.s_addr = htonl(INADDR_LOOPBACK);
	converse(&h, broker);
	while (!hostile_random(&h, STAY_ONE))
		poll(NULL, 0, -1);
	return 0;
}
