/* SPDX-License-Identifier: MIT */
/*
 * udp_peers.c - the table of conversations over UDP
 *
 * No socket, no clock, no process: times are milliseconds of the caller's clock.
 *
 * Anybody can send anything under anybody's address, so a conversation that has not proven
 * its path must cost little and take nothing from others:
 *
 * - A conversation without a handler is an entry and no more. When all are in use, the one
 *   that was silent longest gives way. They are many times as many as the places.
 * - A place is a conversation with a handler. Unproven ones hold at most half of the places;
 *   when these are taken, the one that was silent longest gives way, unless it was heard a
 *   moment ago. They do not count against an address: their senders may not be there.
 * - A path that is proven moves to the other half, up to the share of its address.
 *
 * An entry is found by a keyed hash of its path, so that nobody can choose paths that make
 * the search long.
 */
#include "listen/udp_peers.h"

#include <stdlib.h>
#include <string.h>

#include "lib/random.h"
#include "lib/siphash.h"

#define GAIN_MAX 3    /* bytes to an unproven path for each that came from it */
#define YIELD_MS 1000 /* a conversation that was heard since then does not give way */

/** udp_peers_init() - an empty table; 0, or -1 with errno */
int udp_peers_init(struct udp_peers *t, const struct udp_limits *limits, int64_t now)
{
	size_t entries = limits->talks + limits->peers, buckets = 1, i;

	while (buckets < entries)
		buckets *= 2;
	*t = (struct udp_peers){.limits = *limits, .heard = now, .mask = buckets - 1};
	TAILQ_INIT(&t->unused);
	TAILQ_INIT(&t->quiet);
	TAILQ_INIT(&t->unproven);
	TAILQ_INIT(&t->trusted);
	t->entries = calloc(entries, sizeof(*t->entries));
	t->buckets = calloc(buckets, sizeof(*t->buckets));
	if (!t->entries || !t->buckets || random_get(t->key, sizeof(t->key))) {
		udp_peers_free(t);
		return -1;
	}
	for (i = 0; i < entries; i++) {
		t->entries[i].handler = -1;
		TAILQ_INSERT_TAIL(&t->unused, &t->entries[i], order);
	}
	return 0;
}

void udp_peers_free(struct udp_peers *t)
{
	size_t i;

	for (i = 0; t->entries && i < t->limits.talks + t->limits.peers; i++)
		free(t->entries[i].answer);
	free(t->entries);
	free(t->buckets);
	t->entries = NULL;
	t->buckets = NULL;
}

/** bucket_of() - where a path's entry is chained */
static struct udp_peer_bucket *bucket_of(const struct udp_peers *t,
					 const struct udp_path *path)
{
	const uint32_t words[] = {path->client.addr.s_addr, path->server.addr.s_addr,
				  (uint32_t)path->client.port << 16 | path->server.port,
				  (uint32_t)path->socket};

	return &t->buckets[siphash(t->key, words, sizeof(words)) & t->mask];
}

static bool same_path(const struct udp_path *a, const struct udp_path *b)
{
	return endpoint_equal(&a->client, &b->client) &&
	       endpoint_equal(&a->server, &b->server) && a->socket == b->socket;
}

/** udp_peers_find() - the conversation on a path; NULL: there is no such conversation */
struct udp_peer *udp_peers_find(const struct udp_peers *t, const struct udp_path *path)
{
	struct udp_peer *p;

	for (p = LIST_FIRST(bucket_of(t, path)); p; p = LIST_NEXT(p, bucket)) {
		if (same_path(&p->path, path))
			return p;
	}
	return NULL;
}

/** udp_peers_has_handler() - a process works for this conversation */
bool udp_peers_has_handler(const struct udp_peer *peer)
{
	return peer->state == UDP_PEER_ASKED || peer->state == UDP_PEER_ANSWERED;
}

/** list_of() - the list that an entry is in; counts follow with enter() and leave() */
static struct udp_peer_list *list_of(struct udp_peers *t, const struct udp_peer *peer)
{
	if (peer->state == UDP_PEER_FREE)
		return &t->unused;
	if (!udp_peers_has_handler(peer))
		return &t->quiet;
	return peer->trusted ? &t->trusted : &t->unproven;
}

static void leave(struct udp_peers *t, struct udp_peer *peer)
{
	struct udp_peer_list *list = list_of(t, peer);

	TAILQ_REMOVE(list, peer, order);
	t->unproven_count -= list == &t->unproven;
	t->trusted_count -= list == &t->trusted;
}

static void enter(struct udp_peers *t, struct udp_peer *peer)
{
	struct udp_peer_list *list = list_of(t, peer);

	TAILQ_INSERT_TAIL(list, peer, order);
	t->unproven_count += list == &t->unproven;
	t->trusted_count += list == &t->trusted;
}

/** move() - give an entry another state, and the end of that state's list */
static void move(struct udp_peers *t, struct udp_peer *peer, enum udp_peer_state state)
{
	leave(t, peer);
	peer->state = state;
	enter(t, peer);
}

/** forget() - make an entry without a handler unused */
static void forget(struct udp_peers *t, struct udp_peer *peer)
{
	leave(t, peer);
	LIST_REMOVE(peer, bucket);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it does not see that lists change */
	free(peer->answer);
	*peer = (struct udp_peer){.handler = -1};
	enter(t, peer);
}

/**
 * udp_peers_greet() - begin a conversation
 * @t:		Table
 * @peer:	Conversation on this path, which must not be busy; NULL: there is no such
 * @path:	Path
 * @now:	Time
 *
 * Return: its entry in UDP_PEER_GREETED, with what was counted of its path before
 */
struct udp_peer *udp_peers_greet(struct udp_peers *t, struct udp_peer *peer,
				 const struct udp_path *path, int64_t now)
{
	struct udp_peer fresh = {.path = *path, .handler = -1, .heard = now};

	if (peer) {
		fresh.in = peer->in;
		fresh.out = peer->out;
		if (udp_peers_has_handler(peer))
			move(t, peer, UDP_PEER_ENDED);
		forget(t, peer);
	}
	if (TAILQ_EMPTY(&t->unused))
		forget(t, TAILQ_FIRST(&t->quiet));
	peer = TAILQ_FIRST(&t->unused);
	leave(t, peer);
	*peer = fresh;
	peer->state = UDP_PEER_GREETED;
	peer->ends = now + t->limits.memory;
	enter(t, peer);
	LIST_INSERT_HEAD(bucket_of(t, path), peer, bucket);
	return peer;
}

/** udp_peers_touch() - the client was heard with a message of this conversation */
void udp_peers_touch(struct udp_peers *t, struct udp_peer *peer, int64_t now)
{
	peer->heard = now;
	if (peer->state == UDP_PEER_GREETED)
		peer->ends = now + t->limits.memory;
	if (peer->state != UDP_PEER_ENDED)
		move(t, peer, peer->state);
}

/** may_yield() - an unproven conversation can be ended for a newcomer */
static bool may_yield(const struct udp_peer *peer, int64_t now)
{
	return peer->state == UDP_PEER_ANSWERED && now - peer->heard >= YIELD_MS;
}

/**
 * udp_peers_place() - a place for the handler of an unproven conversation
 * @t:		Table
 * @peer:	Conversation in UDP_PEER_GREETED
 * @now:	Time
 * @gives_way:	Result: conversation that the caller has to end first, or NULL
 *
 * Return: true with @peer in UDP_PEER_ASKED; false when there is no place
 */
bool udp_peers_place(struct udp_peers *t, struct udp_peer *peer, int64_t now,
		     struct udp_peer **gives_way)
{
	size_t half = t->limits.peers > 1 ? t->limits.peers / 2 : 1;
	struct udp_peer *oldest = TAILQ_FIRST(&t->unproven);

	*gives_way = NULL;
	if (t->unproven_count >= half ||
	    t->unproven_count + t->trusted_count >= t->limits.peers) {
		while (oldest && !may_yield(oldest, now))
			oldest = TAILQ_NEXT(oldest, order);
		if (!oldest)
			return false;
		*gives_way = oldest;
	}
	move(t, peer, UDP_PEER_ASKED);
	peer->ends = now + t->limits.session;
	return true;
}

/**
 * udp_peers_prove() - a conversation's path is proven
 *
 * Beyond the share of its address it stays among the unproven ones.
 */
void udp_peers_prove(struct udp_peers *t, struct udp_peer *peer)
{
	const struct udp_peer *p;
	size_t same = 0;

	peer->proven = true;
	if (peer->trusted || !udp_peers_has_handler(peer))
		return;
	for (p = TAILQ_FIRST(&t->trusted); p; p = TAILQ_NEXT(p, order))
		same += p->path.client.addr.s_addr == peer->path.client.addr.s_addr;
	if (same >= t->limits.per_source)
		return;
	leave(t, peer);
	peer->trusted = true;
	enter(t, peer);
}

/** udp_peers_keep() - remember the answer to the last message; without memory a bare header */
void udp_peers_keep(struct udp_peer *peer, const void *answer, size_t len)
{
	free(peer->answer);
	peer->answer = len ? malloc(len) : NULL;
	peer->answer_len = peer->answer ? len : 0;
	if (peer->answer)
		memcpy(peer->answer, answer, len);
}

/**
 * udp_peers_end() - the handler is gone
 *
 * Return: number of copies of a message that wait for an answer still
 */
size_t udp_peers_end(struct udp_peers *t, struct udp_peer *peer, int64_t now)
{
	size_t waiting = peer->state == UDP_PEER_ASKED ? peer->count : 0;

	move(t, peer, UDP_PEER_ENDED);
	peer->handler = -1;
	peer->ends = now + t->limits.memory;
	return waiting;
}

/** overdue_in() - an entry of a list of handlers whose time is up, or NULL */
static struct udp_peer *overdue_in(const struct udp_peer_list *list, int64_t now)
{
	struct udp_peer *p;

	for (p = TAILQ_FIRST(list); p; p = TAILQ_NEXT(p, order)) {
		if (now >= p->ends)
			return p;
	}
	return NULL;
}

/**
 * udp_peers_overdue() - forget conversations whose time is up
 *
 * Return: one that has a handler, for the caller to end; NULL when none is left
 */
struct udp_peer *udp_peers_overdue(struct udp_peers *t, int64_t now)
{
	struct udp_peer *p = TAILQ_FIRST(&t->quiet);

	for (; p && now >= p->ends; p = TAILQ_FIRST(&t->quiet))
		forget(t, p);
	p = overdue_in(&t->unproven, now);
	return p ? p : overdue_in(&t->trusted, now);
}

/** udp_peers_next() - the next deadline; INT64_MAX if no peer has one */
int64_t udp_peers_next(const struct udp_peers *t)
{
	const struct udp_peer_list *const lists[] = {&t->unproven, &t->trusted};
	const struct udp_peer *p = TAILQ_FIRST(&t->quiet);
	int64_t next = p ? p->ends : INT64_MAX;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (p = TAILQ_FIRST(lists[i]); p; p = TAILQ_NEXT(p, order)) {
			if (p->ends < next)
				next = p->ends;
		}
	}
	return next;
}

/** udp_peers_busy() - a handler is at work */
bool udp_peers_busy(const struct udp_peers *t)
{
	return t->unproven_count + t->trusted_count;
}

/** udp_peers_wire() - bytes of the IPv4 packet that a text in a datagram of signalling makes */
uint64_t udp_peers_wire(size_t text)
{
	return UDP_WIRE_BYTES + UDP_HEADER_LEN + text;
}

/**
 * udp_peers_may_send() - an answer is not too long for the path
 * @t:		Table
 * @peer:	Conversation; NULL for an answer outside of any
 * @asked:	Length of the message's text
 * @len:	Length of the answer's text
 *
 * Return: true if it may be sent; it is counted then
 */
bool udp_peers_may_send(struct udp_peers *t, struct udp_peer *peer, size_t asked,
			size_t len)
{
	uint64_t in = peer ? peer->in : udp_peers_wire(asked);
	uint64_t out = udp_peers_wire(len) + (peer ? peer->out : 0);

	if (!(peer && peer->proven) && out > GAIN_MAX * in) {
		t->counts[UDP_COUNT_LIMITED]++;
		return false;
	}
	if (peer)
		peer->out = out;
	return true;
}
