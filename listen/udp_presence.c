/* SPDX-License-Identifier: MIT */
/*
 * udp_presence.c - hear the secret of an offer that takes no state
 *
 * IPv6 packets in UDP that arrive here belong to no tunnel. Of interest are echo requests and
 * replies (RFC 4443, 4) to the address that an offer told its client, from the path of that
 * offer: then the tunnel is built. A request is answered, and everything else is dropped. Replies
 * come from clients that were pinged from that address.
 */
#include "listen/udp_presence.h"

#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <string.h>

#include "lib/keepalive.h"
#include "lib/presence.h"
#include "lib/siphash.h"

#define AGAIN_MS 5000 /* a path that was heard since then is being served */
#define HIGHEST  (UINT64_C(1) << 63)

/** struct echo - an echo request or reply from its first byte */
struct echo {
	struct ip6_hdr ip;
	struct icmp6_hdr icmp;
};

/**
 * udp_presence_init() - read the key and the network
 * @p:		Result
 * @config:	Configuration
 * @client_of:	Tells the address in the tunnel of a client
 *
 * Return: 0; -1 with errno, logged
 */
int udp_presence_init(struct udp_presence *p, const struct config *config,
		      struct in6_addr (*client_of)(const struct endpoint *client))
{
	struct prefix6 network;

	memset(p, 0, sizeof(*p));
	p->client_of = client_of;
	if (!config->keepalive_seconds || !config->anonymous_pool.present ||
	    !(config->mechanisms & MECHANISM_ANONYMOUS) ||
	    keepalive_prefix(config, &network, &p->shared))
		return 0;
	if (presence_key(config, true, p->key))
		return -1;
	p->network = network.addr;
	p->served = true;
	return 0;
}

/** sum() - add 16-bit words for an internet checksum (RFC 1071) */
static uint32_t sum(uint32_t so_far, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < len; i++)
		so_far += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return so_far;
}

/** checksum() - ICMPv6 checksum of a packet with the one in it (RFC 8200, 8.1); 0: right */
static uint16_t checksum(const struct echo *e, size_t len)
{
	uint32_t total = sum(0, &e->ip.ip6_src, 2 * sizeof(struct in6_addr));

	total += (uint32_t)(len - sizeof(e->ip)) + IPPROTO_ICMPV6;
	total = sum(total, &e->icmp, len - sizeof(e->ip));
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

/** is_echo() - a whole ICMPv6 echo request or reply without extension headers */
static bool is_echo(const struct echo *e, size_t len)
{
	return len >= sizeof(*e) && e->ip.ip6_vfc >> 4 == 6 &&
	       e->ip.ip6_nxt == IPPROTO_ICMPV6 &&
	       ntohs(e->ip.ip6_plen) == len - sizeof(e->ip) &&
	       (e->icmp.icmp6_type == ICMP6_ECHO_REQUEST ||
		e->icmp.icmp6_type == ICMP6_ECHO_REPLY) &&
	       !e->icmp.icmp6_code && !checksum(e, len);
}

/** identifier_of() - the last 64 bits of an address */
static uint64_t identifier_of(const struct in6_addr *a)
{
	uint64_t id = 0;
	int i;

	for (i = 8; i < 16; i++)
		id = id << 8 | a->s6_addr[i];
	return id;
}

/** epoch_of() - the epoch whose secret for this path an address contains; 0: none */
static uint64_t epoch_of(const struct udp_presence *p, const struct udp_path *path,
			 const struct in6_addr *a, time_t now)
{
	uint64_t wanted, epoch = presence_epoch(now), back;

	if (!p->served || memcmp(a, &p->network, 8) != 0)
		return 0;
	for (back = 0; back < 2; back++) {
		wanted = presence_secret(p->key, &path->client, &path->server,
					 epoch - back);
		if (p->shared)
			wanted |= HIGHEST;
		if (identifier_of(a) == wanted)
			return epoch - back;
	}
	return 0;
}

/** make_reply() - turn an echo request into its reply (RFC 4443, 4.2) */
static void make_reply(struct echo *e)
{
	struct in6_addr from = e->ip.ip6_src;
	uint32_t total;

	e->ip.ip6_src = e->ip.ip6_dst;
	e->ip.ip6_dst = from;
	e->ip.ip6_hlim = 64;
	e->icmp.icmp6_type = ICMP6_ECHO_REPLY;
	/* one word has changed (RFC 1624): the type stands in its upper byte */
	total = (uint16_t)~ntohs(e->icmp.icmp6_cksum);
	total += 0xffff - (ICMP6_ECHO_REQUEST << 8) + (ICMP6_ECHO_REPLY << 8);
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	e->icmp.icmp6_cksum = htons((uint16_t)~total);
}

/**
 * udp_presence_hear() - an IPv6 packet in UDP that belongs to no tunnel
 * @p:		Secrets
 * @path:	Path that it came by
 * @packet:	Packet; becomes its answer
 * @len:	Its length in bytes, becomes that of the answer; 0: no answer
 * @now:	Time by the clock on the wall
 *
 * Return: epoch of the secret that it was sent to; 0: drop it
 */
uint64_t udp_presence_hear(const struct udp_presence *p, const struct udp_path *path,
			   void *packet, size_t *len, time_t now)
{
	struct echo *e = packet;
	uint64_t epoch;

	if (!is_echo(e, *len))
		return 0;
	epoch = epoch_of(p, path, &e->ip.ip6_dst, now);
	if (!epoch)
		return 0;
	if (e->icmp.icmp6_type == ICMP6_ECHO_REPLY)
		*len = 0;
	else
		make_reply(e);
	return epoch;
}

/**
 * udp_presence_ping() - an echo request from the secret address to the client's
 * @p:		Secrets
 * @path:	Client's path
 * @epoch:	Epoch of its offer
 * @out:	Result
 *
 * A kernel replies to the secret address, which proves as much as a ping to it.
 */
void udp_presence_ping(const struct udp_presence *p, const struct udp_path *path,
		       uint64_t epoch, uint8_t out[UDP_PRESENCE_PING])
{
	uint64_t id = presence_secret(p->key, &path->client, &path->server, epoch);
	struct echo *e = (struct echo *)out;
	int i;

	memset(out, 0, UDP_PRESENCE_PING);
	e->ip.ip6_vfc = 6 << 4;
	e->ip.ip6_plen = htons(UDP_PRESENCE_PING - sizeof(e->ip));
	e->ip.ip6_nxt = IPPROTO_ICMPV6;
	e->ip.ip6_hlim = 64;
	if (p->shared)
		id |= HIGHEST;
	e->ip.ip6_src = p->network;
	for (i = 0; i < 8; i++)
		e->ip.ip6_src.s6_addr[15 - i] = (uint8_t)(id >> (8 * i));
	e->ip.ip6_dst = p->client_of(&path->client);
	e->icmp.icmp6_type = ICMP6_ECHO_REQUEST;
	e->icmp.icmp6_cksum = htons(checksum(e, UDP_PRESENCE_PING));
}

/**
 * udp_presence_first() - this path was not heard for a while
 *
 * Its tunnel takes a moment to be built, and pings may come meanwhile. Return: true if it is
 * to be built; the next call for the same path says false for some seconds
 */
bool udp_presence_first(struct udp_presence *p, const struct udp_path *path, int64_t now)
{
	uint64_t hash = presence_secret(p->key, &path->client, &path->server, 0);
	size_t at = hash & (UDP_PRESENCE_RECENT - 1);

	if (p->recent[at].path == hash && now < p->recent[at].until)
		return false;
	p->recent[at].path = hash;
	p->recent[at].until = now + AGAIN_MS;
	return true;
}
