/* SPDX-License-Identifier: MIT */
/* anon_index.h - from the endpoint of an anonymous client to its lease number
 *
 * The kernel's hash map costs two cache lines far apart and a call for each packet, which
 * with 52,760 clients in turn was as much as everything else together. This index is an
 * array of buckets, each one cache line with 8 slots of 64 bits: half of the endpoint's
 * keyed hash (the tag), and the lease number; 0 is free. An endpoint goes into its first
 * bucket, or into its second if that has more room and the first is nearly full (balanced
 * allocations: Azar and others, 1994). With at most 2.7 entries for each bucket on average
 * none overflows, and the second one is seldom looked at.
 *
 * Only user space writes. A slot is taken and given back by compare-and-exchange, so that
 * writers of different leases need no lock. The slot with the right tag is the only
 * candidate, and tsp_tunnel.word decides whether it was right: an endpoint that has a tag
 * in common with another in its buckets (1 of 2^28) is refused.
 */
#ifndef DATAPATH_BPF_ANON_INDEX_H
#define DATAPATH_BPF_ANON_INDEX_H

#include "datapath/bpf/maps.h"

/** struct tsp_places - possible buckets of an endpoint, and its tag */
struct tsp_places {
	__u32 first, second; /* buckets */
	__u32 tag;
};

/** tsp_index_places() - by a keyed hash, so that nobody can fill a bucket on purpose
 * @endpoint:	tsp_endpoint()
 * @key:	tsp_config.id_key[1]
 * @mask:	tsp_config.index_mask
 */
static inline struct tsp_places tsp_index_places(__u64 endpoint, __u64 key, __u32 mask)
{
	struct tsp_places p;
	__u64 h = endpoint ^ key; /* then the finalizer of MurmurHash3 */

	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	h ^= h >> 33;
	p.tag = h >> 32;
	p.first = h & mask;
	p.second = (p.first ^ (p.tag * 0x5bd1e995U >> 7 | 1)) & mask;
	return p;
}

static inline __u64 tsp_index_slot(__u32 tag, __u32 lease)
{
	return (__u64)tag << 32 | lease;
}

/** tsp_index_buckets() - entries of the map for @leases clients: a power of two */
static inline __u32 tsp_index_buckets(__u32 leases)
{
	__u32 n = 2;

	while ((__u64)n * 8 < (__u64)leases * 3)
		n *= 2;
	return n;
}

#ifndef __bpf__

/** tsp_index_at() - the slot with this tag, or NULL */
static inline __u64 *tsp_index_at(struct tsp_bucket *buckets, struct tsp_places p)
{
	for (int i = 0; i < 2 * TSP_SLOTS; i++) {
		struct tsp_bucket *b = &buckets[i < TSP_SLOTS ? p.first : p.second];
		__u64 *slot = &b->slot[i % TSP_SLOTS];
		__u64 now = tsp_word_load(slot);

		if (now && now >> 32 == p.tag)
			return slot;
	}
	return 0;
}

/** tsp_index_get() - lease number of an endpoint, which may have ended; 0: none */
static inline __u32 tsp_index_get(struct tsp_bucket *buckets, struct tsp_places p)
{
	__u64 *slot = tsp_index_at(buckets, p);

	return slot ? tsp_word_load(slot) : 0;
}

/** tsp_index_free() - a free slot; NULL: both buckets are full
 *
 * In the first bucket, which costs one cache line, unless that is nearly full.
 */
static inline __u64 *tsp_index_free(struct tsp_bucket *buckets, struct tsp_places p)
{
	__u64 *found[2] = {0, 0};
	int room[2] = {0, 0};

	for (int i = 0; i < 2 * TSP_SLOTS; i++) {
		int which = i / TSP_SLOTS;
		__u64 *slot = &buckets[which ? p.second : p.first].slot[i % TSP_SLOTS];

		if (tsp_word_load(slot))
			continue;
		found[which] = slot;
		room[which]++;
	}
	return room[0] < 3 && room[1] > room[0] ? found[1] : found[0];
}

static inline int tsp_index_swap(__u64 *slot, __u64 old, __u64 new)
{
	return __atomic_compare_exchange_n(slot, &old, new, 0, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/** tsp_index_put() - enter a lease by its endpoint; its word is stored already
 * @buckets:	The map, in memory
 * @anon:	Entries of tsp_anon
 * @p:		Places of the endpoint
 * @lease:	Number, not 0
 *
 * Replaces a lease that has ended or had the same endpoint.
 *
 * Return: 0; -1: no place (see above)
 */
static inline int tsp_index_put(struct tsp_bucket *buckets, const struct tsp_tunnel *anon,
				struct tsp_places p, __u32 lease)
{
	__u64 mine = tsp_index_slot(p.tag, lease);

	for (int tries = 0; tries < 4 * TSP_SLOTS; tries++) {
		__u64 *slot = tsp_index_at(buckets, p),
		      old = slot ? tsp_word_load(slot) : 0;
		__u64 other = old ? tsp_word_load(&anon[(__u32)old].word) : 0;

		if (old == mine)
			return 0;
		if (old && old >> 32 != p.tag) /* changed meanwhile */
			continue;
		if (other && tsp_endpoint(other) != tsp_endpoint(anon[lease].word))
			return -1;
		if (!slot)
			slot = tsp_index_free(buckets, p);
		if (!slot)
			return -1;
		if (tsp_index_swap(slot, old, mine))
			return 0;
	}
	return -1;
}

/** tsp_index_drop() - remove the entry of a lease */
static inline void tsp_index_drop(struct tsp_bucket *buckets, struct tsp_places p,
				  __u32 lease)
{
	__u64 *slot = tsp_index_at(buckets, p);

	if (slot)
		tsp_index_swap(slot, tsp_index_slot(p.tag, lease), 0);
}

#endif
#endif
