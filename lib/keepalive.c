/* SPDX-License-Identifier: MIT */
/*
 * keepalive.c - addresses that contain a secret: a client proves its presence by a ping
 *
 * An offer tells its client an address to ping. If the address contains a secret, only a
 * client that has received the offer can ping it, and so proves that it is where it says.
 *
 * The network is [server] keepalive_prefix. Without it the network of the users' link serves,
 * whose leases use small identifiers: there the highest bit of the identifier is set, and the
 * secret has the other 63.
 */
#include "lib/keepalive.h"

#include <errno.h>
#include <string.h>

#define NETWORK_LEN 64

/**
 * keepalive_prefix() - the network of addresses with a secret
 * @config:	Configuration
 * @out:	Result: a /64
 * @shared:	Result: it has addresses of leases too, in its lower half
 *
 * Return: 0; -1 with ENOENT when there is no such network
 */
int keepalive_prefix(const struct config *config, struct prefix6 *out, bool *shared)
{
	const struct pool_config *users = &config->users_pool;

	*shared = !config->keepalive_prefix.len;
	if (!*shared) {
		*out = config->keepalive_prefix;
		return 0;
	}
	if (!users->present || users->link.len > NETWORK_LEN) {
		errno = ENOENT;
		return -1;
	}
	*out = (struct prefix6){.addr = users->link.addr, .len = NETWORK_LEN};
	return 0;
}

/**
 * keepalive_address() - the address that contains a secret
 * @config:	Configuration
 * @secret:	Secret, not 0
 * @out:	Result
 *
 * Return: 0; -1 with ENOENT when there is no network for it, EINVAL without a secret
 */
int keepalive_address(const struct config *config, uint64_t secret, struct in6_addr *out)
{
	struct prefix6 prefix;
	bool shared;
	int i;

	if (keepalive_prefix(config, &prefix, &shared))
		return -1;
	if (!secret) {
		errno = EINVAL;
		return -1;
	}
	if (shared)
		secret |= KEEPALIVE_SHARED;
	*out = prefix.addr;
	for (i = 0; i < 8; i++)
		out->s6_addr[15 - i] = (uint8_t)(secret >> (8 * i));
	return 0;
}
