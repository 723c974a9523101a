/* SPDX-License-Identifier: MIT */
/* udp_peers.h - who is talking to us over UDP, and what is done with what they send */
#ifndef LISTEN_UDP_PEERS_H
#define LISTEN_UDP_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/endpoint.h"
#include "tsp/udp_header.h"

#define UDP_COPIES_MAX 8 /* copies of a message that wait for its answer */

/** struct udp_path - both ends of a conversation */
struct udp_path {
	struct endpoint client;
	struct endpoint server; /* where the client sent to, and is answered from */
	int socket;             /* that this came in by */
};

/**
 * enum udp_peer_state - where a conversation is
 * @UDP_PEER_FREE:	nobody's entry
 * @UDP_PEER_ASKED:	the handler has a message -> ANSWERED, or ENDED
 * @UDP_PEER_ANSWERED:	the client's turn: a new message -> ASKED; the last one again is
 *			answered from memory
 * @UDP_PEER_ENDED:	the handler is gone; the last answer is kept for a client that did
 *			not get it -> FREE, or ASKED with VERSION
 */
enum udp_peer_state {
	UDP_PEER_FREE,
	UDP_PEER_ASKED,
	UDP_PEER_ANSWERED,
	UDP_PEER_ENDED,
};

/**
 * struct udp_peer - one conversation
 * @state:	State
 * @path:	Its ends
 * @handler:	The caller's: socket to the handler, -1 for none
 * @sequence:	Of the last message taken
 * @length:	Its length; what is not as long is no repetition of it
 * @first:	It is the VERSION that began the conversation
 * @latest:	Latest timestamp of any message
 * @copies:	UDP_PEER_ASKED: timestamps of the message's copies so far ...
 * @count:	... and how many
 * @repeats:	How often its answer was given again
 * @heard:	When the client was last heard with a message of this conversation
 * @ends:	Deadline: of the handler, or of an ended conversation's memory
 * @answer:	To the last message
 * @answer_len:	Its length in bytes; 0: a bare header
 */
struct udp_peer {
	enum udp_peer_state state;
	struct udp_path path;
	int handler;
	uint32_t sequence;
	size_t length;
	bool first;
	uint32_t latest;
	uint32_t copies[UDP_COPIES_MAX];
	size_t count;
	unsigned repeats;
	int64_t heard;
	int64_t ends;
	char answer[UDP_MESSAGE_MAX];
	size_t answer_len;
};

/** enum udp_count - what is counted, for the log */
enum udp_count {
	UDP_COUNT_STARTED,  /* conversations */
	UDP_COUNT_REPEATED, /* answers given again */
	UDP_COUNT_ECHO,     /* echo requests */
	UDP_COUNT_UNKNOWN,  /* messages of nobody's conversation: a bare header */
	UDP_COUNT_REFUSED,  /* newcomers for whom there was no room */
	UDP_COUNT_PAST,     /* dropped: a sequence from the past */
	UDP_COUNT_EARLY,    /* dropped: a message before the answer to the last one */
	UDP_COUNTS,
};

/** struct udp_limits - bounds of the table; times in milliseconds */
struct udp_limits {
	size_t peers;
	size_t per_source; /* conversations of one IPv4 address */
	int64_t session;   /* longest life of a handler */
	int64_t memory;    /* how long the last answer outlives it */
};

/** struct udp_peers - the table */
struct udp_peers {
	struct udp_limits limits;
	struct udp_peer *peers; /* limits.peers of them */
	int64_t heard;          /* last signalling of anybody */
	unsigned long counts[UDP_COUNTS];
};

/** enum udp_verdict - what to do with a message */
enum udp_verdict {
	UDP_DROP,
	UDP_ANSWER, /* send the decision's answer under the message's own header */
	UDP_WAIT,   /* nothing: it will be answered with the one before */
	UDP_PASS,   /* give it to the peer's handler */
	UDP_START,  /* give it to a new handler; one that the peer has must go */
};

/** struct udp_decision - a verdict and what it is about */
struct udp_decision {
	enum udp_verdict verdict;
	struct udp_peer *peer; /* UDP_PASS, UDP_START */
	const char *answer;    /* UDP_ANSWER */
	size_t answer_len;
};

/** struct udp_message - a datagram of signalling, taken apart */
struct udp_message {
	struct udp_path path;
	struct udp_header header;
	const char *text;
	size_t len;
};

int udp_peers_init(struct udp_peers *t, const struct udp_limits *limits, int64_t now);
void udp_peers_free(struct udp_peers *t);
struct udp_decision udp_peers_take(struct udp_peers *t, const struct udp_message *message,
				   int64_t now);
size_t udp_peers_answer(struct udp_peer *peer, const void *data, size_t len);
size_t udp_peers_end(struct udp_peers *t, struct udp_peer *peer, int64_t now);
struct udp_peer *udp_peers_overdue(struct udp_peers *t, int64_t now);
int64_t udp_peers_next(const struct udp_peers *t);
bool udp_peers_busy(const struct udp_peers *t);

#endif
