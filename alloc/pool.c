/* SPDX-License-Identifier: MIT */
/* pool.c - pool arithmetic: from a lease to its addresses and back */
#include "alloc/pool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "alloc/lease.h"
#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/prefix.h"

#define LINK_SERVER 2 /* last bits of an anonymous tunnel's ends; 0 and 1 are unused, */
#define LINK_CLIENT 3 /* so that no end is a subnet's first address */

static const char *const names[] = {
	[POOL_USERS] = "users", [POOL_ANONYMOUS] = "anonymous"};
_Static_assert(sizeof(names) / sizeof(names[0]) == POOL_KINDS, "a name for each pool");

/** pool_name() - "users" or "anonymous", as in the configuration and in file names */
const char *pool_name(enum pool_kind kind)
{
	return names[kind];
}

/** pool_parse() - find a pool by its name; 0, or -1 with EINVAL */
int pool_parse(const char *text, enum pool_kind *out)
{
	POOL_EACH(kind) {
		if (!strcmp(text, names[kind])) {
			*out = kind;
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}

/** pool_config() - a pool's section of the configuration */
const struct pool_config *pool_config(const struct config *config, enum pool_kind kind)
{
	return kind == POOL_USERS ? &config->users_pool : &config->anonymous_pool;
}

/** pool_ranges() - the ranges of a pool's section, as an allocation file records them */
struct pool_ranges pool_ranges(const struct config *config, enum pool_kind kind)
{
	const struct pool_config *pool = pool_config(config, kind);
	struct pool_ranges ranges = {.link = pool->link};

	if (kind == POOL_USERS && pool->prefix.len) {
		ranges.prefix = pool->prefix;
		ranges.delegate = pool->delegate;
	}
	return ranges;
}

/** pool_path() - name of a pool's allocation file; 0, or -1 with ENAMETOOLONG, logged */
int pool_path(const struct config *config, enum pool_kind kind, char out[PATH_MAX])
{
	if (!file_path(out, "%s/%s.leases", config->state, names[kind]))
		return 0;
	log_msg(LOG_ERR, "%s: %m", config->state);
	return -1;
}

/**
 * pool_users_addresses() - the IPv6 side of a user's tunnel
 * @pool:	The users pool
 * @number:	Lease number, 1 to config_pool_room()
 * @prefix_len:	Length of the delegated prefix, delegate to 64; 0: a host, none
 * @out:	Result
 */
void pool_users_addresses(const struct pool_config *pool, uint32_t number,
			  uint8_t prefix_len, struct pool_addresses *out)
{
	struct in6_addr link = addr6_add(pool->link.addr, number, POOL_LINK_LEN);

	memset(out, 0, sizeof(*out));
	out->server = link;
	out->client = addr6_add(link, 1, 128);
	if (!prefix_len || !pool->prefix.len)
		return;
	out->prefix.addr = addr6_add(pool->prefix.addr, number, pool->delegate);
	out->prefix.len = prefix_len;
}

/**
 * pool_anonymous_addresses() - the IPv6 side of an anonymous tunnel
 * @pool:	The anonymous pool; its link is at most a /64
 * @endpoint:	The client's end in IPv4
 * @out:	Result: link, IPv4 address, port, zeros, 2 or 3
 */
void pool_anonymous_addresses(const struct pool_config *pool,
			      const struct endpoint *endpoint, struct pool_addresses *out)
{
	unsigned bit = pool->link.len + 32U;
	struct in6_addr a = addr6_add(pool->link.addr, ntohl(endpoint->addr.s_addr), bit);

	a = addr6_add(a, endpoint->port, bit + 16);
	memset(out, 0, sizeof(*out));
	out->server = addr6_add(a, LINK_SERVER, 128);
	out->client = addr6_add(a, LINK_CLIENT, 128);
}

/**
 * pool_addresses_of() - the IPv6 side of a tunnel of either pool
 * @config:	Configuration: its pools
 * @kind:	Pool
 * @number:	Lease number; of an anonymous lease it has no meaning
 * @tunnel:	Users: its prefix length, anonymous: its endpoint is used
 * @out:	Result
 */
void pool_addresses_of(const struct config *config, enum pool_kind kind, uint32_t number,
		       const struct lease_tunnel *tunnel, struct pool_addresses *out)
{
	if (kind == POOL_USERS)
		pool_users_addresses(&config->users_pool, number, tunnel->prefix_len,
				     out);
	else
		pool_anonymous_addresses(&config->anonymous_pool, &tunnel->endpoint, out);
}

/**
 * number_in() - the number between a prefix and bit @end of an address
 * @p:		Prefix
 * @a:		Address
 * @end:	First bit after the number
 *
 * Return: the number; 0, which no lease has, also if @a is not in @p or the number is too
 * large for a lease
 */
static uint32_t number_in(const struct prefix6 *p, const struct in6_addr *a, unsigned end)
{
	unsigned bit = p->len;

	if (end <= bit || !prefix6_contains(p, a))
		return 0;
	for (; end - bit > 32; bit++) {
		if (addr6_bits(a, bit, 1))
			return 0;
	}
	return addr6_bits(a, bit, end - bit);
}

/** find_user() - @address is an end of a user's tunnel or in a delegated prefix */
static bool find_user(const struct pool_config *pool, const struct in6_addr *address,
		      struct pool_match *out)
{
	uint32_t number = number_in(&pool->link, address, POOL_LINK_LEN);

	if (!number && pool->prefix.len)
		number = number_in(&pool->prefix, address, pool->delegate);
	if (!number || number > config_pool_room(pool))
		return false;
	*out = (struct pool_match){.kind = POOL_USERS, .number = number};
	return true;
}

/** find_anonymous() - @address is exactly an end of an anonymous tunnel */
static bool find_anonymous(const struct pool_config *pool, const struct in6_addr *address,
			   struct pool_match *out)
{
	unsigned bit = pool->link.len;
	struct pool_addresses own;
	struct pool_match m = {.kind = POOL_ANONYMOUS};

	m.endpoint.addr.s_addr = htonl(addr6_bits(address, bit, 32));
	m.endpoint.port = (uint16_t)addr6_bits(address, bit + 32, 16);
	pool_anonymous_addresses(pool, &m.endpoint, &own);
	if (memcmp(address, &own.server, sizeof(own.server)) != 0 &&
	    memcmp(address, &own.client, sizeof(own.client)) != 0)
		return false;
	*out = m;
	return true;
}

/**
 * pool_find() - find the lease that an IPv6 address belongs to, from the address alone
 * @config:	Configuration
 * @address:	A tunnel's end of either pool, or any address of a delegated prefix
 * @out:	Result, unchanged if nothing is found
 *
 * Return: true if the address belongs to a pool; the lease may be free or expired
 * nonetheless
 */
bool pool_find(const struct config *config, const struct in6_addr *address,
	       struct pool_match *out)
{
	if (config->users_pool.present && find_user(&config->users_pool, address, out))
		return true;
	return config->anonymous_pool.present &&
	       find_anonymous(&config->anonymous_pool, address, out);
}
