/* SPDX-License-Identifier: MIT */
/* hostile.h - packets of a hostile session process to the broker */
#ifndef TESTS_TOOLS_LIB_HOSTILE_H
#define TESTS_TOOLS_LIB_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/broker.h"
#include "lib/ipc.h"

#define HOSTILE_EXTRA 4096 /* bytes by which a packet can be too long */
#define HOSTILE_PAST  64   /* packets remembered, to be sent again */

/** struct hostile_packet - a packet to send */
struct hostile_packet {
	size_t len;
	bool proof; /* holds, or is made of, a response that alice's password gives */
	union {
		struct ipc_request request;
		uint8_t bytes[sizeof(struct ipc_request) + HOSTILE_EXTRA];
	};
};

/**
 * struct hostile - the adversary
 * @random:	State of the generator; the seed, at first; never 0
 * @peer:	The client's address in this conversation
 * @state:	Where the conversation is, as far as the replies tell
 * @challenge:	The last one, for an answer to it
 * @past:	Packets of this and earlier conversations
 * @last:	The last one of them
 */
struct hostile {
	uint64_t random;
	struct in_addr peer;
	enum broker_state state;
	struct ipc_sasl challenge;
	struct hostile_packet past[HOSTILE_PAST];
	unsigned last;
};

uint32_t hostile_random(struct hostile *h, uint32_t below);
const struct hostile_packet *hostile_next(struct hostile *h);
void hostile_note(struct hostile_packet *out);
bool hostile_is_password(const struct ipc_sasl *sasl);

#endif
