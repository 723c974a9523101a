/* SPDX-License-Identifier: MIT */
/* udp_talk.h - decide what is done with each message over UDP */
#ifndef LISTEN_UDP_TALK_H
#define LISTEN_UDP_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "listen/udp_message.h"
#include "listen/udp_peers.h"
#include "listen/udp_quota.h"

/** struct udp_talk - conversations, and what is served */
struct udp_talk {
	struct udp_peers peers;
	struct udp_quota quota;
	unsigned mechanisms;  /* set of enum mechanism */
	char capability[128]; /* the answer to VERSION */
};

/** enum udp_verdict - what to do with a message */
enum udp_verdict {
	UDP_DROP,
	UDP_ANSWER, /* send the decision's answer under the message's header */
	UDP_WAIT,   /* nothing: it will be answered with the copy before it */
	UDP_PASS,   /* give it to the peer's handler */
	UDP_START,  /* give it to a new handler, after udp_talk_preface() */
};

/**
 * struct udp_decision - a verdict and what it is about
 * @verdict:	Verdict
 * @peer:	Conversation; NULL for an answer outside of any
 * @answer:	UDP_ANSWER: text, valid until the next call
 * @answer_len:	Its length in bytes
 * @gives_way:	Conversation that the caller has to end before, or NULL
 * @accepted:	The client has accepted an offer that takes no state
 * @let_go:	Socket to a handler that the caller has to close, or -1
 */
struct udp_decision {
	enum udp_verdict verdict;
	struct udp_peer *peer;
	const char *answer;
	size_t answer_len;
	struct udp_peer *gives_way;
	bool accepted;
	int let_go;
};

int udp_talk_init(struct udp_talk *t, const struct udp_limits *limits,
		  unsigned mechanisms, bool v6udpv4, int64_t now);
void udp_talk_free(struct udp_talk *t);
struct udp_decision udp_talk_take(struct udp_talk *t, const struct udp_message *message,
				  int64_t now);
size_t udp_talk_preface(const struct udp_peer *peer, const char *texts[2]);
size_t udp_talk_answer(struct udp_talk *t, struct udp_peer *peer, const void *data,
		       size_t len);
size_t udp_talk_end(struct udp_talk *t, struct udp_peer *peer, int64_t now);

#endif
