/* SPDX-License-Identifier: MIT */
/* udp_peers.h - the table of conversations over UDP */
#ifndef LISTEN_UDP_PEERS_H
#define LISTEN_UDP_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "listen/udp_message.h"

#define UDP_COPIES_MAX 8  /* copies of a message that wait for its answer */
#define UDP_WIRE_BYTES 28 /* IPv4 and UDP header of every datagram */

/**
 * enum udp_peer_state - where a conversation is
 * @UDP_PEER_FREE:	unused entry
 * @UDP_PEER_GREETED:	no handler yet; the client's turn: a message that needs a handler
 *			-> ASKED
 * @UDP_PEER_ASKED:	the handler has a message -> ANSWERED, or ENDED
 * @UDP_PEER_ANSWERED:	the client's turn: a new message -> ASKED; the last one again is
 *			answered from memory
 * @UDP_PEER_ENDED:	the handler is gone; the last answer is kept for a client that did
 *			not get it -> FREE, or GREETED with VERSION
 */
enum udp_peer_state {
	UDP_PEER_FREE,
	UDP_PEER_GREETED,
	UDP_PEER_ASKED,
	UDP_PEER_ANSWERED,
	UDP_PEER_ENDED,
};

/** enum udp_step - what a conversation without a handler has come to */
enum udp_step {
	UDP_STEP_VERSION,   /* VERSION was answered */
	UDP_STEP_ANONYMOUS, /* AUTHENTICATE ANONYMOUS was answered */
	UDP_STEP_PLAIN,     /* AUTHENTICATE PLAIN was answered; the password comes next */
};

/**
 * struct udp_peer - one conversation
 * @state:	State
 * @step:	Step that was reached without a handler
 * @path:	Its ends
 * @handler:	The caller's: socket to the handler, -1 without one
 * @proven:	The client has answered something that only this path could tell it
 * @trusted:	So it has, and its address has not more than its share of places
 * @promised:	The last answer was an offer that takes no state
 * @offered:	The handler has answered a command: it may hold an offer
 * @wants_nothing:	The last answer is one that clients acknowledge with a bare header
 * @little_endian:	Byte order of its header
 * @sequence:	Number of the last message taken
 * @text:	Keyed hash of that message, to know it again
 * @latest:	Latest timestamp of any message
 * @skip:	Answers of the handler to messages that were answered without it
 * @copies:	UDP_PEER_ASKED: timestamps of the message's copies
 * @count:	Number of @copies
 * @repeats:	How often the last answer was repeated
 * @in:		Bytes that came from this path, with IPv4 and UDP headers
 * @out:	Bytes that went to it
 * @epoch:	Epoch of an offer that takes no state and was accepted; 0: none, or proven
 * @ends:	Deadline: of the handler, else of the entry
 * @answer:	Answer to the last message, allocated
 * @answer_len:	Its length in bytes; 0: a bare header
 */
struct udp_peer {
	enum udp_peer_state state;
	enum udp_step step;
	struct udp_path path;
	int handler;
	bool proven;
	bool trusted;
	bool promised;
	bool offered;
	bool wants_nothing;
	bool little_endian;
	uint32_t sequence;
	uint64_t text;
	uint32_t latest;
	unsigned skip;
	uint32_t copies[UDP_COPIES_MAX];
	size_t count;
	unsigned repeats;
	uint64_t in, out;
	uint64_t epoch;
	int64_t heard;
	int64_t ends;
	char *answer;
	size_t answer_len;

	/* the table's own */
	LIST_ENTRY(udp_peer) bucket;
	TAILQ_ENTRY(udp_peer) order;
};

TAILQ_HEAD(udp_peer_list, udp_peer);
LIST_HEAD(udp_peer_bucket, udp_peer);

/** enum udp_count - events that are counted for the log */
enum udp_count {
	UDP_COUNT_GREETED,  /* VERSION answered */
	UDP_COUNT_STARTED,  /* handlers */
	UDP_COUNT_REPEATED, /* answers repeated */
	UDP_COUNT_ECHO,     /* echo requests */
	UDP_COUNT_UNKNOWN,  /* dropped: belongs to no conversation */
	UDP_COUNT_SERVER,   /* dropped: only a server says this */
	UDP_COUNT_REFUSED,  /* no place for a handler */
	UDP_COUNT_PAST,     /* dropped: not the next number */
	UDP_COUNT_EARLY,    /* dropped: sent before the answer to the message before */
	UDP_COUNT_LIMITED,  /* not answered: too many, or too long for an unproven path */
	UDP_COUNTS,
};

/** struct udp_limits - bounds of the table; times in milliseconds */
struct udp_limits {
	size_t talks;      /* conversations without a handler, ended ones included */
	size_t peers;      /* places: conversations with a handler */
	size_t per_source; /* share of one IPv4 address, of its proven ones */
	int64_t session;   /* longest life of a handler */
	int64_t memory;    /* life of a conversation without a handler */
};

/** struct udp_peers - the table */
struct udp_peers {
	struct udp_limits limits;
	uint64_t key[2];
	struct udp_peer *entries;
	struct udp_peer_bucket *buckets;
	size_t mask;
	struct udp_peer_list unused;
	struct udp_peer_list quiet;    /* no handler; the longest silent first */
	struct udp_peer_list unproven; /* with a handler; the longest silent first */
	struct udp_peer_list trusted;  /* with a handler and a proven path */
	size_t unproven_count, trusted_count;
	int64_t heard; /* last signalling of anybody */
	unsigned long counts[UDP_COUNTS];
};

int udp_peers_init(struct udp_peers *t, const struct udp_limits *limits, int64_t now);
void udp_peers_free(struct udp_peers *t);
bool udp_peers_has_handler(const struct udp_peer *peer);
struct udp_peer *udp_peers_find(const struct udp_peers *t, const struct udp_path *path);
struct udp_peer *udp_peers_greet(struct udp_peers *t, struct udp_peer *peer,
				 const struct udp_path *path, int64_t now);
void udp_peers_touch(struct udp_peers *t, struct udp_peer *peer, int64_t now);
bool udp_peers_place(struct udp_peers *t, struct udp_peer *peer, int64_t now,
		     struct udp_peer **gives_way);
void udp_peers_prove(struct udp_peers *t, struct udp_peer *peer);
void udp_peers_keep(struct udp_peer *peer, const void *answer, size_t len);
size_t udp_peers_end(struct udp_peers *t, struct udp_peer *peer, int64_t now);
struct udp_peer *udp_peers_overdue(struct udp_peers *t, int64_t now);
int64_t udp_peers_next(const struct udp_peers *t);
bool udp_peers_busy(const struct udp_peers *t);
uint64_t udp_peers_wire(size_t text);
bool udp_peers_may_send(struct udp_peers *t, struct udp_peer *peer, size_t asked,
			size_t len);

#endif
