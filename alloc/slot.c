/* SPDX-License-Identifier: MIT */
/*
 * slot.c - at most per_address present clients of one IPv4 address
 *
 * Counting the tunnels of an address would mean reading all of them, and a carrier's NAT
 * has thousands. So each tunnel has a slot: a number below per_address that no tunnel of a
 * present client has at its address, in either file. The index leads from address and slot
 * to the lease. Clients that are not present have no entry and do not count: their leases
 * have the slot that was free when they came. When such a lease becomes present, it keeps
 * that slot, or gets another one if the slot is taken by then.
 *
 * With up to SLOT_TRIES slots, all are tried in order and the limit is exact. With more,
 * SLOT_TRIES of them are tried at random, so the time does not depend on the number of
 * tunnels: an address with 90 % of its slots taken is refused once in 800 times.
 */
#include "alloc/slot.h"

#include <errno.h>

#include "alloc/index.h"

#define SLOT_TRIES 64

/** has_slot() - true if a tunnel has this slot of this address */
static bool has_slot(const struct lease_tunnel *tunnel, struct in_addr ipv4,
		     uint16_t slot)
{
	return tunnel->mode != TUNNEL_NONE &&
	       tunnel->endpoint.addr.s_addr == ipv4.s_addr && tunnel->slot == slot;
}

/** takes_slot() - true if the client of a lease is present and occupies a slot */
static bool takes_slot(const struct lease *lease, struct in_addr ipv4, uint16_t slot,
		       time_t now)
{
	struct lease settled = *lease;

	lease_settle(&settled); /* an offer does not count, what it would replace does */
	return lease_is_present(&settled, now) && has_slot(&settled.tunnel, ipv4, slot);
}

/** is_ours() - the lease of the claim, or one that the claim displaces */
static bool is_ours(const struct store_claim *claim, enum pool_kind pool, uint32_t number)
{
	size_t i;

	if (pool == claim->pool && number == claim->lease.number)
		return true;
	for (i = 0; i < claim->displaced_count; i++) {
		if (claim->displaced[i].pool == pool &&
		    claim->displaced[i].lease.number == number)
			return true;
	}
	return false;
}

/** is_taken() - the slot is taken in one file: 1, 0, or -1 with errno, logged */
static int is_taken(struct table *t, struct in_addr ipv4, uint16_t slot, time_t now,
		    const struct store_claim *claim)
{
	uint32_t numbers[INDEX_WINDOW_ENTRIES];
	struct lease lease;
	int i, n = index_find(t, index_slot_key(t, ipv4, slot), numbers);

	for (i = 0; i < n; i++) {
		if (is_ours(claim, t->kind, numbers[i]))
			continue;
		if (table_read(t, numbers[i], &lease)) {
			if (errno != EBADMSG) /* a damaged line is out of use */
				return -1;
			continue;
		}
		if (takes_slot(&lease, ipv4, slot, now))
			return 1;
	}
	return n < 0 ? -1 : 0;
}

/** is_taken_anywhere() - the slot is taken in either file: 1, 0, or -1 with errno, logged */
static int is_taken_anywhere(struct store *store, struct in_addr ipv4, uint16_t slot,
			     time_t now, const struct store_claim *claim)
{
	int taken = 0;

	POOL_EACH(kind) {
		if (!taken && store->tables[kind].fd >= 0)
			taken = is_taken(&store->tables[kind], ipv4, slot, now, claim);
	}
	return taken;
}

/** find_free() - try slots of an address; results as of slot_find() */
static enum store_result find_free(struct store *store, const struct endpoint *endpoint,
				   time_t now, const struct store_claim *claim,
				   uint16_t *out)
{
	struct table *t = &store->tables[claim->pool];
	uint64_t random = index_endpoint_key(t, endpoint).hash;
	uint32_t slots = store->config->per_address, i, slot;
	int taken;

	for (i = 0; i < slots && i < SLOT_TRIES; i++) {
		slot = slots <= SLOT_TRIES ? i : (uint32_t)(random % slots);
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		random ^= random >> 29;
		taken = is_taken_anywhere(store, endpoint->addr, (uint16_t)slot, now,
					  claim);
		if (taken < 0)
			return STORE_ERROR;
		if (!taken) {
			*out = (uint16_t)slot;
			return STORE_OK;
		}
	}
	return STORE_FULL;
}

/**
 * slot_find() - find a free slot for a new tunnel
 * @store:	Both files locked
 * @wish:	Wish, its endpoint
 * @now:	Time
 * @claim:	The owner's lease, if any, and the leases that the claim displaces
 * @out:	Result
 *
 * The tunnel of a present owner at the same address keeps its slot.
 *
 * Return: STORE_OK; STORE_FULL if the address has per_address present clients; STORE_ERROR
 */
enum store_result slot_find(struct store *store, const struct store_wish *wish,
			    time_t now, const struct store_claim *claim, uint16_t *out)
{
	struct lease own = claim->before;

	lease_settle(&own);
	if (claim->lease.number && lease_is_present(&own, now) &&
	    own.tunnel.endpoint.addr.s_addr == wish->endpoint.addr.s_addr) {
		*out = own.tunnel.slot;
		return STORE_OK;
	}
	return find_free(store, &wish->endpoint, now, claim, out);
}

/**
 * slot_keep() - keep the slot of a lease that becomes present, or find another one
 * @store:	Both files locked
 * @now:	Time
 * @claim:	Claim of the lease
 * @slot:	Its slot, and the result
 *
 * Return: as slot_find()
 */
enum store_result slot_keep(struct store *store, time_t now,
			    const struct store_claim *claim, uint16_t *slot)
{
	const struct endpoint *endpoint = &claim->lease.tunnel.endpoint;
	int taken = is_taken_anywhere(store, endpoint->addr, *slot, now, claim);

	if (taken < 0)
		return STORE_ERROR;
	return taken ? find_free(store, endpoint, now, claim, slot) : STORE_OK;
}
