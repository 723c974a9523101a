/* SPDX-License-Identifier: MIT */
/* owner.h - from an IPv6 address to its tunnel: one lookup
 *
 *	link        LINK, lease number, last bit: 0 server's end, 1 client
 *	prefix      PREFIX, lease number, up to 64 - delegate bits that the client chooses
 *	anonymous   LINK, IPv4 address, port, zeros, 2 server's end, 3 client
 */
#ifndef DATAPATH_BPF_OWNER_H
#define DATAPATH_BPF_OWNER_H

#include "datapath/bpf/anon_index.h"
#include "datapath/bpf/count.h"

enum { POOL_LINK, POOL_PREFIX, POOL_ANONYMOUS };

#define ANONYMOUS_SERVER 2
#define ANONYMOUS_CLIENT 3

/** struct owner - result of owner_of() */
struct owner {
	struct tsp_tunnel *tunnel; /* NULL: no tunnel */
	struct tsp_seen *seen;
	__u64 word;     /* of the tunnel, read once */
	__u64 bits;     /* must not meet tunnel->beyond */
	__u64 endpoint; /* that an anonymous client's address contains; else 0 */
	bool ours;      /* the address is in a pool */
	bool server;    /* ... and the server's end of a tunnel */
};

INLINE bool pool_has(int i, struct halves a)
{
	const volatile struct tsp_pool *p = &tsp_config.pools[i];

	return p->kind && !((a.high ^ p->high) & p->mask_high) &&
	       !((a.low ^ p->low) & p->mask_low);
}

INLINE bool pools_have(struct halves a)
{
	return pool_has(POOL_LINK, a) || pool_has(POOL_PREFIX, a) ||
	       pool_has(POOL_ANONYMOUS, a);
}

/** owner_user() - tunnel of lease number @n */
INLINE void owner_user(struct owner *o, __u64 n)
{
	__u32 i = n;

	if (n >> 32)
		return;
	o->tunnel = bpf_map_lookup_elem(&tsp_users, &i);
	o->seen = bpf_map_lookup_elem(&tsp_users_seen, &i);
	if (o->tunnel && o->seen)
		o->word = tsp_word_load(&o->tunnel->word);
}

INLINE void owner_link(struct owner *o, struct halves a)
{
	const volatile struct tsp_pool *p = &tsp_config.pools[POOL_LINK];

	o->server = !(a.low & 1);
	if (a.high & ~p->mask_high)
		return;
	owner_user(o, (a.low & ~p->mask_low) >> 1);
}

/** prefix_number() - lease number in an address of a delegated prefix */
INLINE __u64 prefix_number(struct halves a)
{
	const volatile struct tsp_pool *p = &tsp_config.pools[POOL_PREFIX];

	return (a.high & ~p->mask_high) >> ((64 - p->delegate) & 63);
}

INLINE void owner_prefix(struct owner *o, struct halves a)
{
	o->bits = a.high;
	owner_user(o, prefix_number(a));
}

/** anonymous_endpoint() - the 48 bits after the prefix, where a word has them */
INLINE __u64 anonymous_endpoint(struct halves a)
{
	__u32 len = tsp_config.pools[POOL_ANONYMOUS].len;

	if (len >= 64)
		return tsp_endpoint(a.low);
	return tsp_endpoint(a.high << (len & 63) | a.low >> ((64 - len) & 63));
}

/** bucket_find() - slot with this tag in one bucket; 0: none */
INLINE __u64 bucket_find(__u32 i, __u32 tag)
{
	const struct tsp_bucket *b = bpf_map_lookup_elem(&tsp_anon_index, &i);
	__u64 found = 0;

	if (!b)
		return 0;
#pragma unroll
	for (int s = 0; s < TSP_SLOTS; s++) {
		__u64 slot = tsp_word_load(&b->slot[s]);

		if (slot >> 32 == tag && slot)
			found = slot;
	}
	return found;
}

INLINE void owner_none(struct owner *o)
{
	o->tunnel = NULL;
	o->seen = NULL;
	o->word = o->bits = o->endpoint = 0;
	o->server = o->ours = false;
}

/** owner_endpoint() - tunnel of the anonymous client at this endpoint
 *
 * The entry must have the endpoint that led to it: the index changes, and tags may meet.
 */
INLINE void owner_endpoint(struct owner *o, __u64 endpoint)
{
	struct tsp_places at;
	__u64 slot;
	__u32 i;

	at = tsp_index_places(endpoint, tsp_config.id_key[1], tsp_config.index_mask);
	slot = bucket_find(at.first, at.tag);
	if (!slot)
		slot = bucket_find(at.second, at.tag);
	if (!slot)
		return;
	i = slot;
	o->tunnel = bpf_map_lookup_elem(&tsp_anon, &i);
	o->seen = bpf_map_lookup_elem(&tsp_anon_seen, &i);
	if (!o->tunnel || !o->seen)
		return;
	o->word = tsp_word_load(&o->tunnel->word);
	if (tsp_endpoint(o->word) != endpoint)
		o->word = 0;
}

INLINE void owner_anonymous(struct owner *o, struct halves a)
{
	const volatile struct tsp_pool *p = &tsp_config.pools[POOL_ANONYMOUS];
	__u64 end = a.low & p->zero_low;

	if (a.high & p->zero_high || (end | 1) != ANONYMOUS_CLIENT)
		return;
	o->server = end == ANONYMOUS_SERVER;
	if (!o->server)
		o->endpoint = anonymous_endpoint(a);
	owner_endpoint(o, anonymous_endpoint(a));
}

/** owner_of() - the pool and the tunnel of an address
 * @a:		Source of a packet from a client, or destination of one to a client
 * @o:		Result; its tunnel is NULL unless there is one
 */
INLINE void owner_of(struct halves a, struct owner *o)
{
	owner_none(o);
	o->ours = true;
	if (pool_has(POOL_LINK, a))
		owner_link(o, a);
	else if (pool_has(POOL_PREFIX, a))
		owner_prefix(o, a);
	else if (pool_has(POOL_ANONYMOUS, a))
		owner_anonymous(o, a);
	else
		o->ours = false;
	if (!o->word)
		o->tunnel = NULL;
}

/** owner_client() - the client's own address in the tunnel that has the address @a */
INLINE struct in6_addr owner_client(struct halves a)
{
	const volatile struct tsp_pool *link = &tsp_config.pools[POOL_LINK];
	struct in6_addr client;

	if (pool_has(POOL_PREFIX, a)) {
		a.low = link->low | prefix_number(a) << 1 | 1;
		a.high = link->high;
	}
	halves_put(&client, a);
	return client;
}

/** owner_still() - no writer has been at the tunnel since owner_of() read its word */
INLINE bool owner_still(const struct owner *o)
{
	return tsp_word_load(&o->tunnel->word) == o->word;
}

#endif
