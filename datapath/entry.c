/* SPDX-License-Identifier: MIT */
/*
 * entry.c - one tunnel in the maps: write, remove, read its counters
 *
 * The programs read an entry while it is written. datapath/bpf/maps.h has the order of
 * writes that makes this safe: the word that says where a client is becomes 0, then all
 * other fields change, then the word has its new value. A reader that finds the word
 * changed treats the tunnel as absent.
 */
#include "datapath/entry.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "datapath/map.h"
#include "lib/addr.h"
#include "lib/log.h"

/** endpoint_of() - the client's end in the maps' form */
static uint64_t endpoint_of(const struct request *r)
{
	return tsp_endpoint(tsp_word(ntohl(r->client.addr.s_addr), r->client.port, 0));
}

/** struct place - a tunnel's entry in the maps */
struct place {
	struct tsp_tunnel *tunnel;
	struct seen *seen;
	bool anonymous;
};

/** is_in() - the pool has the address */
static bool is_in(const struct tsp_pool *p, const struct in6_addr *a)
{
	return p->kind != TSP_POOL_NONE &&
	       !((addr6_half(a, 0) ^ p->high) & p->mask_high) &&
	       !((addr6_half(a, 1) ^ p->low) & p->mask_low);
}

/** link_number() - number of the user's lease whose link address this is */
static uint64_t link_number(const struct tsp_pool *p, const struct in6_addr *a)
{
	uint64_t high = addr6_half(a, 0) & ~p->mask_high,
		 low = addr6_half(a, 1) & ~p->mask_low;

	return high ? UINT64_MAX : low >> 1;
}

/** anonymous_endpoint() - endpoint in an anonymous client's address, as tsp_endpoint() */
static uint64_t anonymous_endpoint(const struct tsp_pool *p, const struct in6_addr *a)
{
	uint64_t high = addr6_half(a, 0), low = addr6_half(a, 1);
	/* 48 bits behind the prefix, whose length is 1 to 64 */
	uint64_t bits = p->len == 64 ? low : high << p->len | low >> (64 - p->len);

	return bits >> 16 << 16;
}

/** refuse() - the maps cannot hold it; -1 with EINVAL */
static int refuse(const struct request *r, const char *why)
{
	char address[INET6_ADDRSTRLEN];

	addr_format6(&r->address, address);
	log_msg(LOG_ERR, "lease %u, %s: %s", r->lease, address, why);
	errno = EINVAL;
	return -1;
}

/** find() - where a tunnel is; -1 with EINVAL, logged */
static int find(struct entries *e, const struct request *r, struct place *out)
{
	const struct tsp_pool *pools = e->shared.config.pools;
	uint64_t endpoint = endpoint_of(r);

	if (is_in(&pools[0], &r->address)) {
		if (link_number(&pools[0], &r->address) != r->lease)
			return refuse(r, "not that lease's address");
		if (r->lease >= e->users_count)
			return refuse(r,
				      "beyond the capacity of tsp-datapath's last start");
		*out = (struct place){&e->users[r->lease], &e->users_seen, false};
		return 0;
	}
	if (!is_in(&pools[2], &r->address))
		return refuse(r, "in no pool of tsp-datapath's last start");
	if (anonymous_endpoint(&pools[2], &r->address) != endpoint)
		return refuse(r, "not the address of that endpoint");
	if (r->lease >= e->anon_count)
		return refuse(r, "beyond the capacity of tsp-datapath's last start");
	*out = (struct place){&e->anon[r->lease], &e->anon_seen, true};
	return 0;
}

/**
 * server_of() - the server's end
 *
 * It may be an address that this machine has got since the last start: the tunnel carries
 * packets when tsp-datapath has been started again.
 */
static __be32 server_of(const struct tsp_config *c, struct in_addr wanted)
{
	return wanted.s_addr ? wanted.s_addr : c->servers[0];
}

/** places_of() - where an endpoint may be in the index */
static struct tsp_places places_of(const struct entries *e, uint64_t endpoint)
{
	const struct tsp_config *c = &e->shared.config;

	return tsp_index_places(endpoint, c->id_key[1], c->index_mask);
}

/** is_keepalive() - the programs treat it as a keepalive address */
static bool is_keepalive(const struct tsp_config *c, const struct in6_addr *a)
{
	return c->keepalive && addr6_half(a, 0) == c->keepalive && addr6_half(a, 1) &&
	       (addr6_half(a, 1) & c->keepalive_set) == c->keepalive_set;
}

/** describe() - the wanted entry, without word and generation; -1, logged */
static int describe(const struct entries *e, const struct request *r,
		    const struct place *at, struct tsp_tunnel *out)
{
	const struct tsp_config *c = &e->shared.config;

	memset(out, 0, sizeof(*out));
	if (!IN6_IS_ADDR_UNSPECIFIED(&r->keepalive)) {
		if (!is_keepalive(c, &r->keepalive))
			return refuse(r, "its keepalive address is not in the network of "
					 "tsp-datapath's last start");
		out->secret = addr6_half(&r->keepalive, 1);
	}
	out->beyond =
		at->anonymous ? ~0ULL : tsp_beyond(c->pools[1].delegate, r->prefix_len);
	out->server = server_of(c, r->server);
	return 0;
}

/** is_equal() - the entry has the wanted content already */
static bool is_equal(const struct tsp_tunnel *is, const struct tsp_tunnel *wanted,
		     uint64_t endpoint)
{
	uint64_t word = tsp_word_load(&is->word);

	return word && tsp_endpoint(word) == endpoint && is->beyond == wanted->beyond &&
	       is->secret == wanted->secret && is->server == wanted->server &&
	       is->port == wanted->port && is->flags == wanted->flags;
}

/** write_entry() - in the order that readers rely on */
static void write_entry(struct tsp_tunnel *to, const struct tsp_tunnel *from,
			uint64_t endpoint)
{
	uint16_t generation = tsp_next_generation(to->generation);

	tsp_word_store(&to->word, 0);
	to->beyond = from->beyond;
	to->secret = from->secret;
	to->server = from->server;
	to->port = from->port;
	to->flags = from->flags;
	to->generation = generation;
	tsp_word_store(&to->word, endpoint | generation);
}

/**
 * entry_add() - create or replace a lease's tunnel
 * @e:		Maps, opened to write
 * @r:		Tunnel
 *
 * An existing tunnel is left unchanged, with its counters.
 *
 * Return: 0; -1 with errno, logged: EINVAL for one that has no place in the maps
 */
int entry_add(struct entries *e, const struct request *r)
{
	uint64_t before, endpoint = endpoint_of(r);
	struct tsp_tunnel wanted;
	struct place at;

	if (find(e, r, &at) || describe(e, r, &at, &wanted))
		return -1;
	before = tsp_endpoint(tsp_word_load(&at.tunnel->word));
	if (!is_equal(at.tunnel, &wanted, endpoint))
		write_entry(at.tunnel, &wanted, endpoint);
	if (!at.anonymous)
		return 0;
	if (before && before != endpoint)
		tsp_index_drop(e->index, places_of(e, before), r->lease);
	if (!tsp_index_put(e->index, e->anon, places_of(e, endpoint), r->lease))
		return 0;
	tsp_word_store(&at.tunnel->word, 0);
	return refuse(r, "no place in the index of endpoints");
}

/**
 * entry_delete() - delete a tunnel; success also if it does not exist
 * @e:		Maps, opened to write
 * @r:		Tunnel; if an anonymous lease has another endpoint by now, nothing is deleted
 *
 * Return: 0; -1 with errno, logged
 */
int entry_delete(struct entries *e, const struct request *r)
{
	uint64_t endpoint = endpoint_of(r);
	struct place at;

	if (find(e, r, &at))
		return -1;
	if (!at.anonymous || tsp_endpoint(tsp_word_load(&at.tunnel->word)) == endpoint)
		tsp_word_store(&at.tunnel->word, 0);
	if (at.anonymous)
		tsp_index_drop(e->index, places_of(e, endpoint), r->lease);
	return 0;
}

/** proof_age() - seconds since the secret was heard; -1: never */
static int64_t proof_age(const struct tsp_seen *seen, uint64_t word)
{
	uint64_t then = tsp_stamp_ns(seen->present), ns;
	struct timespec now;

	if (!seen->present ||
	    tsp_stamp_generation(seen->present) != tsp_word_generation(word))
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	return ns > then ? (int64_t)((ns - then) / 1000000000) : 0;
}

/**
 * entry_counted() - read what has passed through a tunnel since its creation
 * @seen:	Map of what was counted
 * @lease:	Lease number
 * @word:	Of the tunnel
 * @out:	Result
 *
 * Return: 0; -1 with errno, not ENOENT, logged
 */
int entry_counted(struct seen *seen, uint32_t lease, uint64_t word,
		  struct entry_counters *out)
{
	struct tsp_seen s;

	*out = (struct entry_counters){.proof_age = -1};
	if (seen_read(seen, lease, &s)) {
		log_msg(LOG_ERR, "lease %u: counters: %m", lease);
		errno = EIO; /* ENOENT would mean "no such tunnel" */
		return -1;
	}
	/* until its first packet these are the counters of an earlier tunnel */
	if (s.word != word)
		return 0;
	out->rx_packets = s.rx_packets;
	out->rx_bytes = s.rx_bytes;
	out->tx_packets = s.tx_packets;
	out->tx_bytes = s.tx_bytes;
	out->proofs = tsp_proofs_count(s.proofs);
	out->proof_age = proof_age(&s, word);
	return 0;
}

/**
 * entry_read() - entry_counted() of a tunnel
 * @e:		Maps
 * @r:		Tunnel
 * @out:	Result
 *
 * Return: 0; -1 with errno: ENOENT when there is no such tunnel, else logged
 */
int entry_read(struct entries *e, const struct request *r, struct entry_counters *out)
{
	struct place at;
	uint64_t word;

	*out = (struct entry_counters){.proof_age = -1};
	if (find(e, r, &at))
		return -1;
	word = tsp_word_load(&at.tunnel->word);
	if (tsp_endpoint(word) == endpoint_of(r))
		return entry_counted(at.seen, r->lease, word, out);
	errno = ENOENT;
	return -1;
}
