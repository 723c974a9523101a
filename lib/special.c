/* SPDX-License-Identifier: MIT */
/*
 * special.c - IPv4 addresses that are not globally unique unicast
 *
 * The IANA IPv4 Special-Purpose Address Registry (RFC 6890, RFC 8190) and multicast, which
 * has a separate registry. Blocks of the registry that are globally reachable appear
 * only where they are a hole in one that is not: 192.31.196.0/24, 192.52.193.0/24 and
 * 192.175.48.0/24 are ordinary addresses to a tunnel broker.
 */
#include "lib/special.h"

#include <stddef.h>
#include <stdint.h>

#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

enum reach {
	ELSEWHERE, /* not a client of the internet: not reachable globally, or no unicast */
	INSIDE,    /* stands behind a NAT, where a client sees it as its own */
	GLOBAL,    /* a hole in the block that follows */
};

/* the first match counts: a block stands before the block that holds it */
static const struct block {
	uint32_t address;
	uint8_t len;
	enum reach reach;
	const char *name;
} blocks[] = {
	{IPV4(0, 0, 0, 0), 8, ELSEWHERE, "This network"},
	{IPV4(10, 0, 0, 0), 8, INSIDE, "Private-Use"},
	{IPV4(100, 64, 0, 0), 10, INSIDE, "Shared Address Space"},
	{IPV4(127, 0, 0, 0), 8, ELSEWHERE, "Loopback"},
	{IPV4(169, 254, 0, 0), 16, ELSEWHERE, "Link Local"},
	{IPV4(172, 16, 0, 0), 12, INSIDE, "Private-Use"},
	{IPV4(192, 0, 0, 0), 29, ELSEWHERE, "IPv4 Service Continuity Prefix"},
	{IPV4(192, 0, 0, 8), 32, ELSEWHERE, "IPv4 dummy address"},
	{IPV4(192, 0, 0, 9), 32, GLOBAL, "Port Control Protocol Anycast"},
	{IPV4(192, 0, 0, 10), 32, GLOBAL, "Traversal Using Relays around NAT Anycast"},
	{IPV4(192, 0, 0, 170), 31, ELSEWHERE, "NAT64/DNS64 Discovery"},
	{IPV4(192, 0, 0, 0), 24, ELSEWHERE, "IETF Protocol Assignments"},
	{IPV4(192, 0, 2, 0), 24, ELSEWHERE, "Documentation (TEST-NET-1)"},
	{IPV4(192, 88, 99, 2), 32, ELSEWHERE, "6a44-relay anycast address"},
	{IPV4(192, 88, 99, 0), 24, ELSEWHERE, "Deprecated (6to4 Relay Anycast)"},
	{IPV4(192, 168, 0, 0), 16, INSIDE, "Private-Use"},
	{IPV4(198, 18, 0, 0), 15, ELSEWHERE, "Benchmarking"},
	{IPV4(198, 51, 100, 0), 24, ELSEWHERE, "Documentation (TEST-NET-2)"},
	{IPV4(203, 0, 113, 0), 24, ELSEWHERE, "Documentation (TEST-NET-3)"},
	{IPV4(224, 0, 0, 0), 4, ELSEWHERE, "Multicast"},
	{IPV4(255, 255, 255, 255), 32, ELSEWHERE, "Limited Broadcast"},
	{IPV4(240, 0, 0, 0), 4, ELSEWHERE, "Reserved"},
};

/** find_block() - the smallest block that holds an address, or NULL */
static const struct block *find_block(struct in_addr a)
{
	uint32_t address = ntohl(a.s_addr);
	size_t i;

	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if ((address ^ blocks[i].address) >> (32 - blocks[i].len) == 0)
			return &blocks[i];
	}
	return NULL;
}

/**
 * special_ipv4() - tell whether an address cannot be a client's on the internet
 *
 * Return: name of its block in the registry, or NULL for a globally unique unicast address
 */
const char *special_ipv4(struct in_addr a)
{
	const struct block *block = find_block(a);

	return block && block->reach != GLOBAL ? block->name : NULL;
}

/**
 * special_ipv4_is_private() - an address that a client can have behind a NAT
 *
 * RFC 1918, and the shared address space of RFC 6598 too: it exists for nothing but the
 * inside of a provider's NAT, and such a NAT can map one public address to one customer.
 */
bool special_ipv4_is_private(struct in_addr a)
{
	const struct block *block = find_block(a);

	return block && block->reach == INSIDE;
}
