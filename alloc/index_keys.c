/* SPDX-License-Identifier: MIT */
/* index_keys.c - the keys by which the index leads to a lease (index.c) */
#include <string.h>

#include "alloc/index.h"
#include "lib/siphash.h"

/** make_key() - hash of the kind and the value */
static struct index_key make_key(const struct table *t, enum index_kind kind,
				 const void *data, size_t len)
{
	char input[1 + USER_ID_MAX];

	input[0] = (char)kind;
	memcpy(input + 1, data, len);
	return (struct index_key){kind, siphash(t->key, input, 1 + len)};
}

/** index_owner_key() - key of an owner; it also gives the first line to search */
struct index_key index_owner_key(const struct table *t, const char *owner)
{
	return make_key(t, INDEX_OWNER, owner, strnlen(owner, USER_ID_MAX));
}

/** index_endpoint_key() - key of an endpoint */
struct index_key index_endpoint_key(const struct table *t,
				    const struct endpoint *endpoint)
{
	uint8_t input[sizeof(struct in_addr) + 2];

	memcpy(input, &endpoint->addr, sizeof(endpoint->addr));
	input[sizeof(input) - 2] = (uint8_t)(endpoint->port >> 8);
	input[sizeof(input) - 1] = (uint8_t)endpoint->port;
	return make_key(t, INDEX_ENDPOINT, input, sizeof(input));
}

/** index_slot_key() - key of a slot of an IPv4 address */
struct index_key index_slot_key(const struct table *t, struct in_addr ipv4, uint16_t slot)
{
	uint8_t input[sizeof(ipv4) + 2];

	memcpy(input, &ipv4, sizeof(ipv4));
	input[sizeof(input) - 2] = (uint8_t)(slot >> 8);
	input[sizeof(input) - 1] = (uint8_t)slot;
	return make_key(t, INDEX_SLOT, input, sizeof(input));
}

static bool key_equal(struct index_key a, struct index_key b)
{
	return a.kind == b.kind && a.hash == b.hash;
}

/** index_key_among() - true if a key is one of several */
bool index_key_among(struct index_key key, const struct index_key *keys, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (key_equal(keys[i], key))
			return true;
	}
	return false;
}

/** add_once() - add a key unless it is among the others */
static size_t add_once(struct index_key *keys, size_t count, struct index_key key)
{
	if (!index_key_among(key, keys, count))
		keys[count++] = key;
	return count;
}

/** tunnel_keys() - add the keys of a tunnel: endpoint; slot, if its client is present */
static size_t tunnel_keys(const struct table *t, enum lease_state state,
			  const struct lease_tunnel *tunnel, struct index_key *keys,
			  size_t count)
{
	if (tunnel->mode == TUNNEL_NONE)
		return count;
	count = add_once(keys, count, index_endpoint_key(t, &tunnel->endpoint));
	if (state != LEASE_PRESENT)
		return count;
	return add_once(keys, count,
			index_slot_key(t, tunnel->endpoint.addr, tunnel->slot));
}

/**
 * index_keys() - all keys of a lease
 * @t:		Its table
 * @lease:	Lease
 * @out:	Result, no key twice
 *
 * Return: their number
 */
size_t index_keys(const struct table *t, const struct lease *lease,
		  struct index_key out[INDEX_KEYS_MAX])
{
	bool anonymous = t->kind == POOL_ANONYMOUS;
	size_t n = 0;

	if (lease->state == LEASE_FREE)
		return 0;
	if (!anonymous)
		out[n++] = index_owner_key(t, lease->owner);
	if (lease_in_use(lease)) {
		n = tunnel_keys(t, lease->state, &lease->tunnel, out, n);
		n = tunnel_keys(t, lease->before_state, &lease->before, out, n);
	} else if (anonymous && lease->tunnel.mode == TUNNEL_V6V4) {
		out[n++] = index_endpoint_key(t, &lease->tunnel.endpoint);
	}
	return n;
}
