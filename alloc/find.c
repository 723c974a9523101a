/* SPDX-License-Identifier: MIT */
/* find.c - leases by owner and by endpoint, in one file */
#include "alloc/find.h"

#include <errno.h>
#include <string.h>

#include "alloc/index.h"
#include "lib/endpoint.h"

/** is_better() - which of two lines of one owner counts */
static bool is_better(const struct lease *a, const struct lease *b)
{
	bool a_over = a->state == LEASE_EXPIRED, b_over = b->state == LEASE_EXPIRED;

	return a_over != b_over ? b_over : a->tunnel.expires > b->tunnel.expires;
}

/**
 * find_owner() - the lease of an owner
 * @t:		Table, locked
 * @owner:	User id; in the anonymous file an endpoint
 * @out:	Result: the lease as in its line; it may be expired
 *
 * The same owner can have a second, expired line: one that another client's claim took and
 * put back after the owner had claimed another lease. A lease in force takes precedence.
 *
 * Return: 1; 0 if the owner has no lease; -1 with errno, logged
 */
int find_owner(struct table *t, const char *owner, struct lease *out)
{
	uint32_t numbers[INDEX_WINDOW_ENTRIES];
	struct index_key key;
	struct endpoint endpoint;
	struct lease lease;
	int i, n, found = 0;

	if (t->kind == POOL_ANONYMOUS) {
		if (endpoint_parse(owner, &endpoint))
			return 0;
		key = index_endpoint_key(t, &endpoint);
	} else {
		key = index_owner_key(t, owner);
	}
	n = index_find(t, key, numbers);
	if (n < 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (table_read(t, numbers[i], &lease)) {
			if (errno != EBADMSG)
				return -1;
			continue;
		}
		if (strcmp(lease.owner, owner) != 0 || (found && !is_better(&lease, out)))
			continue;
		*out = lease;
		found = 1;
	}
	return found;
}

/** has_endpoint() - the lease's line names this endpoint */
static bool has_endpoint(const struct lease *lease, const struct endpoint *endpoint)
{
	return (lease->tunnel.mode != TUNNEL_NONE &&
		endpoint_equal(&lease->tunnel.endpoint, endpoint)) ||
	       (lease->before.mode != TUNNEL_NONE &&
		endpoint_equal(&lease->before.endpoint, endpoint));
}

/**
 * find_endpoint() - the leases of an endpoint
 * @t:		Table, locked
 * @endpoint:	IPv4 address, and port or 0
 * @out:	Result: leases as in their lines; they may be past their expiry
 * @max:	Room in @out; more are left out
 *
 * Return: their number; -1 with errno, logged
 */
int find_endpoint(struct table *t, const struct endpoint *endpoint, struct lease *out,
		  size_t max)
{
	uint32_t numbers[INDEX_WINDOW_ENTRIES];
	int i, n = index_find(t, index_endpoint_key(t, endpoint), numbers);
	size_t found = 0;

	if (n < 0)
		return -1;
	for (i = 0; i < n && found < max; i++) {
		if (!table_read(t, numbers[i], &out[found]))
			found += has_endpoint(&out[found], endpoint);
		else if (errno != EBADMSG)
			return -1;
	}
	return (int)found;
}
