/* SPDX-License-Identifier: MIT */
/* path.h - path MTU in IPv4 of a client with protocol 41, learned from ICMPv4
 *
 * Packets have DF set and an identification that is a keyed hash of client and minute. A
 * router that reports "fragmentation needed" quotes it; an attacker who does not see our
 * packets has to guess it. The kernel numbers the segments of a GSO packet from that
 * identification on, so TSP_GSO_SEGMENTS numbers are right.
 *
 * A learned MTU ages, and it never lowers a tunnel below 1280 bytes inside: for less
 * than 1300 in IPv4, DF is not set, identifications are random and routers fragment.
 */
#ifndef DATAPATH_BPF_PATH_H
#define DATAPATH_BPF_PATH_H

#include "datapath/bpf/owner.h"

#define TSP_GSO_SEGMENTS 64
#define PATH_LEAST       68 /* RFC 791: no link has less */

#define ROTATED(x, n) ((x) << (n) | (x) >> (64 - (n)))

/** struct sip - state of SipHash (Aumasson, Bernstein: SipHash, 2012) */
struct sip {
	__u64 a, b, c, d;
};

INLINE void sip_round(struct sip *s)
{
	s->a += s->b;
	s->c += s->d;
	s->b = ROTATED(s->b, 13) ^ s->a;
	s->d = ROTATED(s->d, 16) ^ s->c;
	s->a = ROTATED(s->a, 32);
	s->c += s->b;
	s->a += s->d;
	s->b = ROTATED(s->b, 17) ^ s->c;
	s->d = ROTATED(s->d, 21) ^ s->a;
	s->c = ROTATED(s->c, 32);
}

/** path_id() - IPv4 identification: SipHash-1-3 of one block, endpoint and minute */
INLINE __u16 path_id(__u64 word, __u64 minute)
{
	__u64 block = tsp_endpoint(word) | (minute & 0xffff);
	__u64 k0 = tsp_config.id_key[0], k1 = tsp_config.id_key[1];
	struct sip s = {k0 ^ 0x736f6d6570736575ULL, k1 ^ 0x646f72616e646f6dULL,
			k0 ^ 0x6c7967656e657261ULL, k1 ^ 0x7465646279746573ULL ^ block};

	sip_round(&s);
	s.a ^= block;
	s.c ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	return s.a ^ s.b ^ s.c ^ s.d;
}

/** path_mtu() - IPv4 path MTU of a tunnel of protocol 41: learned or configured */
INLINE __u32 path_mtu(const struct owner *o, __u64 ns)
{
	__u32 most = tsp_config.mtu_41 + TSP_OVER_41, mtu;

	mtu = tsp_path_mtu(tsp_word_load(&o->seen->path), tsp_word_generation(o->word),
			   ns);
	return mtu && mtu < most ? mtu : most;
}

#define ICMPV4_UNREACHABLE   3 /* RFC 792; <linux/icmp.h> needs a C library */
#define ICMPV4_NEED_FRAGMENT 4

/** struct icmpv4 - "fragmentation needed" with the MTU of RFC 1191 */
struct icmpv4 {
	__u8 type, code;
	__be16 checksum, unused, mtu;
};

/** struct quote - what an ICMPv4 error contains of the packet it is about */
struct quote {
	struct iphdr ip;
	struct ipv6hdr six;
};

/** path_genuine() - the quoted packet may be one that we sent to this tunnel */
INLINE bool path_genuine(const struct quote *q, const struct owner *o, __u64 ns)
{
	__u64 minute = ns >> TSP_MINUTE_SHIFT;
	__u16 id = bpf_ntohs(q->ip.id);

	if (!o->tunnel || o->server || tsp_word_port(o->word))
		return false;
	if (tsp_word_ipv4(o->word) != bpf_ntohl(q->ip.daddr) ||
	    o->tunnel->server != q->ip.saddr)
		return false;
	if (!(q->ip.frag_off & bpf_htons(DONT_FRAGMENT)))
		return false;
	return (__u16)(id - path_id(o->word, minute)) < TSP_GSO_SEGMENTS ||
	       (__u16)(id - path_id(o->word, minute - 1)) < TSP_GSO_SEGMENTS;
}

/** path_owner() - the tunnel that the quoted packet was for
 *
 * Some routers quote 8 bytes after the IPv4 header: enough for an anonymous client, whose
 * endpoint says which tunnel it is, but not for a user.
 *
 * Return: false: it was not for a tunnel of ours, or the quote does not tell
 */
INLINE bool path_owner(const struct quote *q, const void *end, struct owner *o)
{
	if ((const void *)(q + 1) <= end) {
		owner_of(halves_of(&q->six.daddr), o);
		return o->ours;
	}
	owner_none(o);
	owner_endpoint(o, tsp_word(bpf_ntohl(q->ip.daddr), 0, 0));
	if (!o->word)
		count(TSP_COUNT_PATH_SHORT);
	return o->word;
}

/** path_learn() - an ICMPv4 "fragmentation needed" for one of our addresses
 * @ip:		Its IPv4 header, without options, no fragment
 * @end:	End of the packet
 *
 * Errors about packets to our pools end here, believed or not.
 *
 * Return: XDP_DROP or XDP_PASS
 */
INLINE int path_learn(const struct iphdr *ip, const void *end)
{
	const struct icmpv4 *icmp = (const void *)(ip + 1);
	const struct quote *q = (const void *)(icmp + 1);
	__u64 ns = bpf_ktime_get_coarse_ns();
	struct owner o;
	__u32 mtu;

	if ((const void *)(&q->ip + 1) > end || icmp->type != ICMPV4_UNREACHABLE ||
	    icmp->code != ICMPV4_NEED_FRAGMENT)
		return XDP_PASS;
	if (q->ip.version != 4 || q->ip.ihl != 5 || q->ip.protocol != IPPROTO_IPV6 ||
	    q->ip.saddr != ip->daddr || !path_owner(q, end, &o))
		return XDP_PASS;
	mtu = bpf_ntohs(icmp->mtu);
	if (mtu < PATH_LEAST) /* 0: from a router older than RFC 1191 */
		mtu = PATH_LEAST;
	if (!path_genuine(q, &o, ns) || mtu >= bpf_ntohs(q->ip.tot_len) ||
	    mtu > path_mtu(&o, ns)) {
		count(TSP_COUNT_PATH_REFUSED);
		return XDP_DROP;
	}
	*(volatile __u64 *)&o.seen->path = tsp_path(tsp_word_generation(o.word), mtu, ns);
	count(TSP_COUNT_PATH_LOWERED);
	return XDP_DROP;
}

#endif
