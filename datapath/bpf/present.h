/* SPDX-License-Identifier: MIT */
/* present.h - proof of presence, and the limit for clients that have not given it
 *
 * Somebody may open a tunnel and name another's endpoint. Until the client proves its
 * presence, its endpoint gets at most three times the bytes that came from there, IPv4
 * headers included. Packets beyond that are dropped, except for about two a second: these
 * are sent or become pings, in turn. A client whose kernel answers pings is present then.
 */
#ifndef DATAPATH_BPF_PRESENT_H
#define DATAPATH_BPF_PRESENT_H

#include "datapath/bpf/owner.h"

#define PRESENT_TIMES     3  /* bytes out for each byte in */
#define PRESENT_PING      24 /* bytes of a ping from its ICMPv6 header on */
#define PRESENT_HOP_LIMIT 64

/** present_address() - a keepalive address, anybody's */
INLINE bool present_address(struct halves a)
{
	return tsp_config.keepalive && a.high == tsp_config.keepalive &&
	       (a.low & tsp_config.keepalive_set) == tsp_config.keepalive_set;
}

/** present_secret() - the keepalive address of this tunnel */
INLINE bool present_secret(const struct owner *o, struct halves a)
{
	__u64 secret = tsp_word_load(&o->tunnel->secret);

	return present_address(a) && secret && a.low == secret;
}

/** present_heard() - the client of this tunnel has proved its presence */
INLINE void present_heard(const struct owner *o, __u64 ns)
{
	if (seen_ready(o->seen, o->tunnel, o->word))
		__sync_fetch_and_add(&o->seen->proofs, 1);
	*(volatile __u64 *)&o->seen->present =
		tsp_stamp(tsp_word_generation(o->word), ns);
}

/** enum present - what to do with a packet to a client */
enum present { PRESENT_SEND, PRESENT_BECOMES_PING, PRESENT_DROP };

/** present_turn() - for a packet beyond the limit */
INLINE enum present present_turn(struct tsp_seen *seen, __u64 ns)
{
	__u64 was = tsp_word_load(&seen->proofs), turn;
	__u32 now = ns >> TSP_HALF_SHIFT;

	if (now < tsp_proofs_next(was))
		return PRESENT_DROP;
	turn = tsp_proofs(tsp_proofs_count(was), now + 1, !tsp_proofs_ping(was));
	if (__sync_val_compare_and_swap(&seen->proofs, was, turn) != was)
		return PRESENT_DROP;
	return tsp_proofs_ping(was) ? PRESENT_BECOMES_PING : PRESENT_SEND;
}

/** present_limit() - may these bytes go to the client?
 * @o:		Its tunnel
 * @from:	Source of the packet; pings from the keepalive address may always go
 * @bytes:	Of all packets that will be made of it, with their IPv4 headers
 * @outer:	Bytes of the tunnel's headers
 */
INLINE enum present present_limit(const struct owner *o, struct halves from, __u64 bytes,
				  __u32 outer, __u64 ns)
{
	struct tsp_seen *seen = o->seen;

	if (!tsp_word_load(&o->tunnel->secret) ||
	    tsp_present(tsp_word_load(&seen->present), tsp_word_generation(o->word),
			ns) ||
	    present_secret(o, from))
		return PRESENT_SEND;
	if (!seen_ready(seen, o->tunnel, o->word))
		return PRESENT_DROP;
	if (seen->tx_bytes + outer * seen->tx_packets + bytes <=
	    PRESENT_TIMES * (seen->rx_bytes + outer * seen->rx_packets))
		return PRESENT_SEND;
	return present_turn(seen, ns);
}

/** struct ping - echo request from the keepalive address
 *
 * The stack may have left the checksum of the packet that was here to the hardware, which
 * then stores into the ping: at @tcp or @udp, where TCP and UDP have their checksums. Both
 * contain the sum of the pseudo-header, so what is stored there makes the sum right again.
 */
struct ping {
	struct ipv6hdr six;
	__u8 type, code;
	__sum16 checksum;
	__be16 id;
	__sum16 udp; /* sequence number */
	__u64 zeros;
	__sum16 tcp;
	__u16 more_zeros[3];
};

_Static_assert(sizeof(struct ping) == sizeof(struct ipv6hdr) + PRESENT_PING, "packed");

/** present_ping() - fill in a ping of this tunnel's client at @to */
INLINE void present_ping(struct ping *p, const struct owner *o, struct in6_addr to)
{
	__s64 sum = bpf_htonl(PRESENT_PING) + (__u64)bpf_htonl(IPPROTO_ICMPV6);

	__builtin_memset(p, 0, sizeof(*p));
	p->six.version = 6;
	p->six.payload_len = bpf_htons(PRESENT_PING);
	p->six.nexthdr = IPPROTO_ICMPV6;
	p->six.hop_limit = PRESENT_HOP_LIMIT;
	halves_put(&p->six.saddr,
		   (struct halves){tsp_config.keepalive, o->tunnel->secret});
	p->six.daddr = to;
	p->type = ICMPV6_ECHO_REQUEST;
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&p->six.saddr, 2 * sizeof(p->six.saddr),
			    sum_fold(sum));
	p->udp = p->tcp = sum_fold((__u32)sum);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&p->type, PRESENT_PING, sum);
	p->checksum = ~sum_fold((__u32)sum);
}

#endif
