/* SPDX-License-Identifier: MIT */
/* outward.h - packets to clients: which tunnel, how large, and the headers
 *
 * A packet that cannot be delivered is counted by reason, and its sender gets an ICMPv6
 * error: unreachable if no tunnel has its destination, packet too big if the tunnel's
 * path is too narrow. Tunnels in UDP have 1280 bytes: no report of a path MTU gets
 * through a NAT reliably. Clients that are not present get little: present.h.
 */
#ifndef DATAPATH_BPF_OUTWARD_H
#define DATAPATH_BPF_OUTWARD_H

#include "datapath/bpf/echo.h"
#include "datapath/bpf/icmp.h"
#include "datapath/bpf/path.h"
#include "datapath/bpf/present.h"

#ifndef AF_INET
#define AF_INET  2
#define AF_INET6 10
#endif

/* From Linux 6.3: bpf_fib_lookup() leaves the neighbour to bpf_redirect_neigh() */
#define FIB_SKIP_NEIGH  4
#define FIB_BAD_FLAG    (-22) /* -EINVAL: an older kernel does not know the flag */
#define TCP_OFFSET_BYTE 12    /* of the TCP header: its length, in the upper 4 bits */
#define TCP_LEAST       20

/** struct outward - a packet on its way out */
struct outward {
	struct __sk_buff *skb;
	__u64 ns;
	struct owner to;
	__u32 len;     /* bytes of IPv6 */
	__u32 headers; /* ... that a segment of a GSO packet repeats */
	__u32 segment; /* bytes of the largest packet that will be made of it */
	__u32 packets; /* that will be made of it; adjusting the room clears gso_segs */
	__u32 outer;   /* bytes of the tunnel's headers */
	__be32 server, client;
	__u16 port; /* of the client, host byte order; 0: protocol 41 */
	__u8 ecn;
	bool whole; /* DF is set */
};

/** outward_segments() - set len, headers, segment and packets */
INLINE void outward_segments(struct outward *out, const struct ipv6hdr *six)
{
	struct __sk_buff *skb = out->skb;
	__u8 offset = 0;

	out->headers = sizeof(*six) + TCP_LEAST;
	out->segment = out->len = skb->len - ETH_HLEN;
	out->packets = skb->gso_segs ? skb->gso_segs : 1;
	if (!skb->gso_size)
		return;
	if (six->nexthdr == IPPROTO_UDP)
		out->headers = sizeof(*six) + sizeof(struct udphdr);
	else if (six->nexthdr == IPPROTO_TCP &&
		 !bpf_skb_load_bytes(skb, ETH_HLEN + sizeof(*six) + TCP_OFFSET_BYTE,
				     &offset, 1))
		out->headers = sizeof(*six) + (offset >> 4) * 4;
	out->segment = out->headers + skb->gso_size;
}

/** outward_answer() - an echo request for the server's end from elsewhere */
INLINE int outward_answer(struct __sk_buff *skb)
{
	struct ipv6hdr *six;
	struct icmp6hdr *icmp;
	struct in6_addr a;
	__u32 before;

	if (bpf_skb_pull_data(skb, ETH_HLEN + sizeof(*six) + sizeof(*icmp)))
		goto drop;
	six = (void *)(long)skb->data + ETH_HLEN;
	icmp = (void *)(six + 1);
	if ((void *)(icmp + 1) > (void *)(long)skb->data_end || !echo_request(six, icmp))
		goto drop;
	a = six->saddr;
	six->saddr = six->daddr;
	six->daddr = a;
	before = six->hop_limit;
	six->hop_limit = ECHO_HOP_LIMIT;
	echo_turn(icmp);
	count(TSP_COUNT_ECHO_REPLIED);
	/* a sum that the device made of the packet changes with the hop limit */
	bpf_csum_update(skb, (__u16)~bpf_htons(before) + bpf_htons(ECHO_HOP_LIMIT));
	return bpf_redirect(tsp_config.inner, BPF_F_INGRESS);
drop:
	count(TSP_COUNT_SERVER_END);
	return TC_ACT_SHOT;
}

/** outward_fits() - the tunnel's path takes the packet; sets whole
 *
 * Return: 0, or the MTU that the sender has to know
 */
INLINE __u32 outward_fits(struct outward *out)
{
	__u32 most = tsp_config.mtu_udp;

	out->whole = false;
	if (!out->port) {
		most = path_mtu(&out->to, out->ns);
		out->whole = most >= TSP_MTU_MIN + TSP_OVER_41;
		most = out->whole ? most - TSP_OVER_41 : TSP_MTU_MIN;
	}
	return out->segment > most ? most : 0;
}

/** outward_route() - find the way to the client
 *
 * bpf_redirect_neigh() looks for the next hop's Ethernet address in any case.
 *
 * @next:	Result: next hop
 * @mtu:	Result: 0, or the MTU that the sender has to know
 *
 * Return: ifindex; -1 if there is no way
 */
INLINE int outward_route(struct outward *out, struct bpf_redir_neigh *next, __u32 *mtu)
{
	struct bpf_fib_lookup fib = {
		.family = AF_INET,
		.l4_protocol = out->port ? IPPROTO_UDP : IPPROTO_IPV6,
		.tot_len = out->segment + out->outer,
		.ifindex = tsp_config.inner,
		.ipv4_src = out->server,
		.ipv4_dst = out->client,
	};
	long rc = bpf_fib_lookup(out->skb, &fib, sizeof(fib), FIB_SKIP_NEIGH);

	if (rc == FIB_BAD_FLAG)
		rc = bpf_fib_lookup(out->skb, &fib, sizeof(fib), 0);
	*mtu = 0;
	if (rc == BPF_FIB_LKUP_RET_FRAG_NEEDED) {
		*mtu = fib.mtu_result - out->outer;
		if (fib.mtu_result < TSP_MTU_MIN + out->outer)
			*mtu = TSP_MTU_MIN;
		return -1;
	}
	if (rc != BPF_FIB_LKUP_RET_SUCCESS && rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return -1;
	next->nh_family = fib.family;
	if (fib.family == AF_INET)
		next->ipv4_nh = fib.ipv4_dst;
	else
		__builtin_memcpy(next->ipv6_nh, fib.ipv6_dst, sizeof(next->ipv6_nh));
	return fib.ifindex;
}

/** outward_headers() - write the headers into the room made for them */
INLINE int outward_headers(struct outward *out)
{
	struct ethhdr *eth = (void *)(long)out->skb->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__u16 id = out->whole ? path_id(out->to.word, out->ns >> TSP_MINUTE_SHIFT)
			      : bpf_get_prandom_u32();

	if ((void *)(udp + 1) > (void *)(long)out->skb->data_end)
		return -1;
	eth->h_proto = bpf_htons(ETH_P_IP);
	*ip = (struct iphdr){.version = 4,
			     .ihl = 5,
			     .tos = out->ecn,
			     .tot_len = bpf_htons(out->len + out->outer),
			     .id = bpf_htons(id),
			     .frag_off = out->whole ? bpf_htons(DONT_FRAGMENT) : 0,
			     .ttl = tsp_config.ttl,
			     .protocol = out->port ? IPPROTO_UDP : IPPROTO_IPV6,
			     .saddr = out->server,
			     .daddr = out->client};
	ip->check = ipv4_checksum(ip);
	if (out->port)
		*udp = (struct udphdr){
			.source = bpf_htons(
				tsp_config.ports[out->to.tunnel->port % TSP_MAX_PORTS]),
			.dest = bpf_htons(out->port),
			.len = bpf_htons(out->len + sizeof(*udp))};
	return 0;
}

/** outward_bytes() - IPv6 bytes of all packets made of this one */
INLINE __u64 outward_bytes(const struct outward *out)
{
	return out->len + (out->packets - 1) * out->headers;
}

/** outward_ping() - turn the packet into a ping of the client at @to; 0, or -1 */
INLINE int outward_ping(struct outward *out, struct halves to)
{
	struct ping p;

	present_ping(&p, &out->to, owner_client(to));
	if (bpf_skb_change_tail(out->skb, ETH_HLEN + sizeof(p), 0) ||
	    bpf_skb_store_bytes(out->skb, ETH_HLEN, &p, sizeof(p), BPF_F_RECOMPUTE_CSUM))
		return -1;
	out->len = out->segment = sizeof(p);
	out->packets = 1;
	out->ecn = 0;
	count(TSP_COUNT_PINGED);
	return 0;
}

/** outward_limit() - limit packets to a client that is not present; 0: send this one */
INLINE int outward_limit(struct outward *out, struct halves from, struct halves to)
{
	__u64 bytes = outward_bytes(out) + out->packets * out->outer;
	enum present what = present_limit(&out->to, from, bytes, out->outer, out->ns);

	if (what == PRESENT_SEND ||
	    (what == PRESENT_BECOMES_PING && !outward_ping(out, to)))
		return 0;
	count(TSP_COUNT_UNPROVEN);
	return -1;
}

/** outward_send() - put the headers on and send; the tunnel and the size are known */
INLINE int outward_send(struct outward *out)
{
	__u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4;
	__u32 mtu;
	struct bpf_redir_neigh next = {0};
	int ifindex = outward_route(out, &next, &mtu);

	if (ifindex < 0) {
		count(mtu ? TSP_COUNT_TOO_BIG : TSP_COUNT_NO_ROUTE);
		if (mtu && out->segment <= mtu) /* narrower than IPv6 allows */
			return TC_ACT_SHOT;
		return error_send(out->skb, mtu ? LIMIT_TOO_BIG : LIMIT_UNREACHABLE, mtu);
	}
	if (out->port)
		flags |= BPF_F_ADJ_ROOM_ENCAP_L4_UDP;
	if (bpf_skb_adjust_room(out->skb, out->outer, BPF_ADJ_ROOM_MAC, flags) ||
	    outward_headers(out)) {
		count(TSP_COUNT_NO_ROOM);
		return TC_ACT_SHOT;
	}
	if (seen_ready(out->to.seen, out->to.tunnel, out->to.word))
		seen_sent(out->to.seen, out->packets, outward_bytes(out));
	return bpf_redirect_neigh(ifindex, &next, sizeof(next), 0);
}

/** outward_client() - set where the packet goes; false if the tunnel ends meanwhile */
INLINE bool outward_client(struct outward *out)
{
	out->client = bpf_htonl(tsp_word_ipv4(out->to.word));
	out->port = tsp_word_port(out->to.word);
	out->server = out->to.tunnel->server;
	out->outer = out->port ? TSP_OVER_UDP : TSP_OVER_41;
	return !(out->to.bits & out->to.tunnel->beyond) && owner_still(&out->to);
}

/** outward_to() - by the destination; the packet is IPv6 */
INLINE int outward_to(struct outward *out, const struct tsp_shared *shared,
		      struct ipv6hdr *six)
{
	struct halves to = halves_of(&six->daddr), from = halves_of(&six->saddr);
	__u32 why = inner_special(to), mtu;

	if (why != INNER_GOOD) {
		count(why);
		return TC_ACT_SHOT;
	}
	owner_of(to, &out->to);
	if (!out->to.tunnel || !outward_client(out)) {
		count(TSP_COUNT_ABSENT);
		return error_send(out->skb, LIMIT_UNREACHABLE, 0);
	}
	if (out->to.server)
		return outward_answer(out->skb);
	if (blocked(shared, out->client)) {
		count(TSP_COUNT_BLOCKED);
		return TC_ACT_SHOT;
	}
	outward_segments(out, six);
	mtu = outward_fits(out);
	if (mtu) {
		count(TSP_COUNT_TOO_BIG);
		return error_send(out->skb, LIMIT_TOO_BIG, mtu);
	}
	return outward_limit(out, from, to) ? TC_ACT_SHOT : outward_send(out);
}

/** outward() - everything that leaves the device */
INLINE int outward(struct __sk_buff *skb)
{
	struct outward out = {.skb = skb, .ns = bpf_ktime_get_coarse_ns()};
	const struct tsp_shared *shared = shared_get();
	struct ipv6hdr *six;

	if (!shared) {
		count(TSP_COUNT_EPOCH);
		return TC_ACT_SHOT;
	}
	if ((void *)(long)skb->data + ETH_HLEN + sizeof(*six) >
	    (void *)(long)skb->data_end)
		bpf_skb_pull_data(skb, ETH_HLEN + sizeof(*six));
	six = (void *)(long)skb->data + ETH_HLEN;
	if ((void *)(six + 1) > (void *)(long)skb->data_end ||
	    skb->protocol != bpf_htons(ETH_P_IPV6) || six->version != 6) {
		count(TSP_COUNT_NOT_IPV6);
		return TC_ACT_SHOT;
	}
	out.ecn = ecn_of(six);
	return outward_to(&out, shared, six);
}

#endif
