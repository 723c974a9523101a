/* SPDX-License-Identifier: MIT */
/* inward.h - packets from the uplink: which are a tunnel's, what may be inside
 *
 * The checks in their order; the first that fails decides. A packet passes if it is not
 * for a server address, or neither protocol 41 nor UDP to a port of ours that begins with
 * the nibble 6.
 *
 *	whole packet   epoch, blocked, options, IPv4 checksum, lengths, UDP port 0
 *	fragments      UDP: dropped. Protocol 41: the first must contain the inner header
 *	               and goes through all checks, later ones must not reach into it;
 *	               then they pass to the stack, which may have a device that takes the
 *	               reassembled packet
 *	source         in a pool: there is a tunnel; its IPv4 address, its protocol and
 *	               port, its server address and port, and within what was delegated.
 *	               UDP of an anonymous client's own address without a tunnel passes:
 *	               tsp-udp makes the tunnel when it sees proof of presence. While no
 *	               socket is bound to the port, it is dropped: the kernel would answer
 *	               "port unreachable", and the client would give its tunnel up.
 *	               in no pool: special addresses, else foreign. Link-local and foreign
 *	               ones of protocol 41 pass if other tunnels end at this host
 *	destination    special addresses
 *	next headers   protocol 41, neighbour discovery, extension headers
 *	ECN            RFC 6040
 *	server's end   only echo requests
 *	keepalive      the tunnel's own address, and only echo requests and replies: these
 *	               prove that the client is present, and replies end here
 */
#ifndef DATAPATH_BPF_INWARD_H
#define DATAPATH_BPF_INWARD_H

#include "datapath/bpf/echo.h"
#include "datapath/bpf/inner.h"
#include "datapath/bpf/path.h"
#include "datapath/bpf/present.h"

#define INWARD_PASS (TSP_COUNTERS_END + 1) /* leave it to the stack */

/** struct inward - a packet on its way in */
struct inward {
	struct xdp_md *x;
	const struct tsp_shared *shared; /* NULL: our epoch is over */
	void *data, *end;
	struct iphdr *ip;
	struct ipv6hdr *six;
	__u32 room;         /* bytes from six on, by the outer lengths */
	__u16 source, port; /* of UDP, host byte order; 0: protocol 41 */
	bool fragment;
};

/** inward_find() - set six and the UDP ports; INWARD_PASS: not a tunnel packet */
INLINE __u32 inward_find(struct inward *in)
{
	__u32 headers = in->ip->ihl * 4;
	struct udphdr *udp = (void *)in->ip + headers;

	in->source = in->port = 0;
	in->six = (void *)udp;
	if (in->ip->protocol == IPPROTO_IPV6)
		return INNER_GOOD;
	if (in->ip->frag_off & bpf_htons(FRAGMENT_OFFSET) ||
	    (void *)(udp + 1) > in->end || !port_is(bpf_ntohs(udp->dest)))
		return INWARD_PASS;
	in->source = bpf_ntohs(udp->source);
	in->port = bpf_ntohs(udp->dest);
	in->six = (void *)(udp + 1);
	if (in->shared && blocked(in->shared, in->ip->saddr)) /* signalling, too */
		return TSP_COUNT_BLOCKED;
	if ((void *)in->six + 1 > in->end || *(__u8 *)in->six >> 4 != 6)
		return INWARD_PASS;
	return INNER_GOOD;
}

/** inward_lengths() - outer headers are sound and the inner header is there */
INLINE __u32 inward_lengths(struct inward *in)
{
	__u32 total = length_of(in->ip->tot_len), headers = sizeof(*in->ip), inside;
	struct udphdr *udp = (void *)(in->ip + 1);

	if ((void *)in->ip + total > in->end || total < headers)
		return TSP_COUNT_MALFORMED;
	in->room = total - headers;
	if (in->port) {
		if ((void *)(udp + 1) > in->end || bpf_ntohs(udp->len) > in->room ||
		    bpf_ntohs(udp->len) < sizeof(*udp))
			return TSP_COUNT_MALFORMED;
		in->room = bpf_ntohs(udp->len) - sizeof(*udp);
	}
	if (in->room < sizeof(*in->six))
		return in->fragment ? TSP_COUNT_FRAGMENT : TSP_COUNT_MALFORMED;
	if ((void *)(in->six + 1) > in->end || in->six->version != 6)
		return TSP_COUNT_MALFORMED;
	inside = sizeof(*in->six) + bpf_ntohs(in->six->payload_len);
	if (in->fragment)
		return INNER_GOOD;
	if (in->room < inside)
		return TSP_COUNT_MALFORMED;
	in->room = inside; /* trailing bytes do not belong to the packet */
	return INNER_GOOD;
}

/** inward_outer() - from the epoch to the lengths */
INLINE __u32 inward_outer(struct inward *in)
{
	struct iphdr *ip = in->ip;
	__u32 offset = bpf_ntohs(ip->frag_off) & FRAGMENT_OFFSET;

	if (!in->shared)
		return TSP_COUNT_EPOCH;
	if (!in->port &&
	    blocked(in->shared, ip->saddr)) /* UDP: inward_find() has asked */
		return TSP_COUNT_BLOCKED;
	if (ip->ihl != 5)
		return TSP_COUNT_OPTIONS;
	if (ipv4_checksum(ip))
		return TSP_COUNT_MALFORMED;
	in->fragment = ip->frag_off & bpf_htons(MORE_FRAGMENTS | FRAGMENT_OFFSET);
	if (in->fragment && in->port)
		return TSP_COUNT_FRAGMENT;
	if (offset)
		return offset * 8 < sizeof(struct ipv6hdr) ? TSP_COUNT_FRAGMENT
							   : TSP_COUNT_FRAGMENT_PASSED;
	if (in->port && !in->source)
		return TSP_COUNT_PORT_ZERO;
	return inward_lengths(in);
}

/** inward_source() - the source is this endpoint's */
INLINE __u32 inward_source(struct inward *in, struct owner *from)
{
	struct halves a = halves_of(&in->six->saddr);
	__u32 why;

	owner_of(a, from);
	if (!from->ours) {
		why = inner_foreign(a, in->ip->saddr);
		if (why != TSP_COUNT_FOREIGN && why != TSP_COUNT_LINK_LOCAL)
			return why;
		return tsp_config.flags & TSP_OTHERS && !in->port
			       ? TSP_COUNT_FOREIGN_PASSED
			       : why;
	}
	if (!from->tunnel && in->port &&
	    from->endpoint == tsp_word(bpf_ntohl(in->ip->saddr), in->source, 0))
		return TSP_COUNT_UNCLAIMED;
	if (!from->tunnel || from->server ||
	    tsp_word_ipv4(from->word) != bpf_ntohl(in->ip->saddr))
		return TSP_COUNT_SPOOFED;
	if (tsp_word_port(from->word) != in->source)
		return TSP_COUNT_PROTOCOL;
	if (from->tunnel->server != in->ip->daddr ||
	    (in->port &&
	     tsp_config.ports[from->tunnel->port % TSP_MAX_PORTS] != in->port))
		return TSP_COUNT_SERVER;
	if (from->bits & from->tunnel->beyond)
		return TSP_COUNT_UNDELEGATED;
	return owner_still(from) ? INNER_GOOD : TSP_COUNT_SPOOFED;
}

/** inward_inside() - destination and next headers */
INLINE __u32 inward_inside(struct inward *in)
{
	__u32 why = inner_special(halves_of(&in->six->daddr)),
	      protocol = in->six->nexthdr;
	__u8 *type = (void *)(in->six + 1);

	if (why != INNER_GOOD)
		return why;
	if (is_extension(protocol)) {
		__u32 at = (void *)in->six - in->data;

		return inner_extensions(in->x, at + sizeof(*in->six), at + in->room,
					protocol);
	}
	if (in->room == sizeof(*in->six) || (void *)(type + 1) > in->end)
		return inner_upper(protocol, -1);
	return inner_upper(protocol, *type);
}

/** inward_turn() - an echo request becomes its reply
 *
 * The reply comes in at the device and leaves there as all packets to clients do.
 */
INLINE void inward_turn(struct inward *in, struct icmp6hdr *icmp)
{
	struct in6_addr a = in->six->saddr;

	in->six->saddr = in->six->daddr;
	in->six->daddr = a;
	in->six->hop_limit = ECHO_HOP_LIMIT;
	echo_turn(icmp);
}

/** inward_keepalive() - packets to keepalive addresses; clients may send to their own */
INLINE __u32 inward_keepalive(struct inward *in, const struct owner *from,
			      struct halves to, struct icmp6hdr *icmp)
{
	if (!present_secret(from, to))
		return TSP_COUNT_SECRET;
	if (!icmp || !(echo_request(in->six, icmp) || echo_reply(in->six, icmp)))
		return TSP_COUNT_SERVER_END;
	present_heard(from, bpf_ktime_get_coarse_ns());
	if (icmp->icmp6_type == ICMPV6_ECHO_REPLY)
		return TSP_COUNT_PROVEN;
	inward_turn(in, icmp);
	count(TSP_COUNT_PROVEN);
	return INNER_GOOD;
}

/** inward_answer() - echo requests for the server's end and keepalive addresses */
INLINE __u32 inward_answer(struct inward *in, const struct owner *from)
{
	struct icmp6hdr *icmp = (void *)(in->six + 1);
	struct halves a = halves_of(&in->six->daddr);
	struct owner to;

	if (in->room < sizeof(*in->six) + sizeof(*icmp) || (void *)(icmp + 1) > in->end)
		icmp = NULL;
	if (present_address(a))
		return inward_keepalive(in, from, a, icmp);
	owner_of(a, &to);
	if (!to.server)
		return INNER_GOOD;
	if (!to.tunnel)
		return TSP_COUNT_ABSENT;
	if (!icmp || !echo_request(in->six, icmp))
		return TSP_COUNT_SERVER_END;
	inward_turn(in, icmp);
	count(TSP_COUNT_ECHO_REPLIED);
	return INNER_GOOD;
}

/** inward_take() - the whole filter; INNER_GOOD: decapsulate */
INLINE __u32 inward_take(struct inward *in)
{
	struct owner from;
	__u32 why;
	int ecn;

	if ((why = inward_outer(in)) != INNER_GOOD)
		return why;
	if ((why = inward_source(in, &from)) != INNER_GOOD)
		goto blamed;
	if ((why = inward_inside(in)) != INNER_GOOD)
		return why;
	if (in->fragment)
		return TSP_COUNT_FRAGMENT_PASSED;
	ecn = inner_ecn(ecn_of(in->six), in->ip->tos & 3);
	if (ecn < 0)
		return TSP_COUNT_CONGESTION;
	ecn_set(in->six, ecn);
	if (seen_ready(from.seen, from.tunnel, from.word))
		seen_received(from.seen, in->room);
	return inward_answer(in, &from);
blamed:
	if (why == TSP_COUNT_SPOOFED || why == TSP_COUNT_UNDELEGATED)
		blame(in->ip->saddr);
	return why;
}

/** inward_open() - take the outer headers off and put the packet into the veth peer */
INLINE int inward_open(struct inward *in)
{
	__u32 off = (void *)in->six - in->data - sizeof(struct ethhdr);
	struct ethhdr *eth;

	if (bpf_xdp_adjust_head(in->x, off))
		return XDP_DROP;
	eth = (void *)(long)in->x->data;
	if ((void *)(eth + 1) > (void *)(long)in->x->data_end)
		return XDP_DROP;
#pragma unroll
	for (int i = 0; i < ETH_ALEN; i++) /* memcpy() would drop volatile */
		eth->h_dest[i] = eth->h_source[i] = tsp_config.mac[i];
	eth->h_proto = bpf_htons(ETH_P_IPV6);
	return bpf_redirect(tsp_config.outer, 0);
}

/** inward_native() - IPv6 without a tunnel: drop it if its source is in a pool */
INLINE int inward_native(struct inward *in, const struct ipv6hdr *six)
{
	if ((void *)(six + 1) > in->end || !in->shared ||
	    !pools_have(halves_of(&six->saddr)))
		return XDP_PASS;
	count(TSP_COUNT_NATIVE);
	return XDP_DROP;
}

/** inward_heard() - a socket is bound to the UDP port that the packet is for */
INLINE bool inward_heard(const struct inward *in)
{
	struct bpf_sock_tuple to = {
		.ipv4 = {.saddr = in->ip->saddr,
			 .daddr = in->ip->daddr,
			 .sport = bpf_htons(in->source),
			 .dport = bpf_htons(in->port)},
	};
	struct bpf_sock *held =
		bpf_sk_lookup_udp(in->x, &to, sizeof(to.ipv4), BPF_F_CURRENT_NETNS, 0);

	if (!held)
		return false;
	bpf_sk_release(held);
	return true;
}

/** inward_passes() - count a packet that goes to the stack */
INLINE bool inward_passes(__u32 why)
{
	return why == TSP_COUNT_FRAGMENT_PASSED || why == TSP_COUNT_FOREIGN_PASSED ||
	       why == TSP_COUNT_UNCLAIMED;
}

/** inward_ipv4() - all IPv4 */
INLINE int inward_ipv4(struct inward *in)
{
	struct iphdr *ip = in->ip;
	__u32 why;

	if ((void *)(ip + 1) > in->end || ip->version != 4 || ip->ihl < 5 ||
	    !server_is(ip->daddr))
		return XDP_PASS;
	if (ip->protocol == IPPROTO_ICMP && in->shared && ip->ihl == 5 &&
	    !(ip->frag_off & bpf_htons(MORE_FRAGMENTS | FRAGMENT_OFFSET)))
		return path_learn(ip, in->end);
	if (ip->protocol != IPPROTO_IPV6 && ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	why = inward_find(in);
	if (why == INWARD_PASS)
		return XDP_PASS;
	if (why == INNER_GOOD)
		why = inward_take(in);
	if (why == INNER_GOOD)
		return inward_open(in);
	if (why == TSP_COUNT_UNCLAIMED && !inward_heard(in))
		why = TSP_COUNT_UNHEARD;
	count(why);
	return inward_passes(why) ? XDP_PASS : XDP_DROP;
}

/** inward() - a frame with at most one VLAN tag that the driver left in it */
INLINE int inward(struct xdp_md *x)
{
	struct inward in = {
		.x = x, .data = (void *)(long)x->data, .end = (void *)(long)x->data_end};
	struct ethhdr *eth = in.data;
	void *network = eth + 1;
	__be16 type;

	if (network > in.end)
		return XDP_PASS;
	type = eth->h_proto;
	if (type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD)) {
		__be16 *tag = network;

		network += 4;
		if (network > in.end)
			return XDP_PASS;
		type = tag[1];
	}
	in.shared = shared_get();
	if (type == bpf_htons(ETH_P_IPV6))
		return inward_native(&in, network);
	if (type != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	in.ip = network;
	return inward_ipv4(&in);
}

#endif
