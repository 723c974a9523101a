/* SPDX-License-Identifier: MIT */
/* config_pool.c - how many leases fit in the ranges, and which addresses are refused */
#include "lib/config.h"

#include "lib/prefix.h"
#include "lib/special.h"

/** room_of() - how many numbers, from 1, fit in @bits bits beside 0 */
static uint32_t room_of(int bits)
{
	if (bits <= 0)
		return 0;
	return bits >= 32 ? UINT32_MAX : (UINT32_C(1) << bits) - 1;
}

/**
 * config_pool_room() - the highest lease number that link and prefix have addresses for
 * @pool:	The users pool
 */
uint32_t config_pool_room(const struct pool_config *pool)
{
	uint32_t link = room_of(POOL_LINK_LEN - pool->link.len);
	uint32_t prefix = UINT32_MAX;

	if (pool->prefix.len)
		prefix = room_of(pool->delegate - pool->prefix.len);
	return link < prefix ? link : prefix;
}

/**
 * config_refuses() - tell why no tunnel may lead to an IPv4 address
 * @config:	Configuration: [server] accept
 * @address:	The client's address
 *
 * Return: name of the address's block, as special_ipv4(); NULL if a tunnel may lead there
 */
const char *config_refuses(const struct config *config, struct in_addr address)
{
	size_t i;

	for (i = 0; i < config->accept_count; i++) {
		if (prefix4_contains(&config->accept[i], address))
			return NULL;
	}
	return special_ipv4(address);
}
