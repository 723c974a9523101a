/* SPDX-License-Identifier: MIT */
/* icmp.h - ICMPv6 errors about packets that cannot go to a client
 *
 * The packet itself becomes the error and enters at the device as if its client had sent
 * it: the stack routes it to the sender.
 */
#ifndef DATAPATH_BPF_ICMP_H
#define DATAPATH_BPF_ICMP_H

#include <linux/pkt_cls.h>

#include "datapath/bpf/inner.h"
#include "datapath/bpf/limit.h"

#define ERROR_HOP_LIMIT   64
#define ERROR_QUOTE       464 /* bytes: checksum helpers take 512 at a time */
#define ERROR_QUOTE_MASK  0x1fc
#define ADDRESS_FAILED    3 /* code of ICMPV6_DEST_UNREACH */
#define ICMPV6_FIRST_INFO 128

/** struct error - the headers put before what is quoted */
struct error {
	struct ipv6hdr six;
	struct icmp6hdr icmp;
};

/** error_due() - RFC 4443 section 2.4 e: errors and packets without one sender get none
 *
 * ICMPv6 after an extension header gets none either: it may be an error.
 */
INLINE bool error_due(struct __sk_buff *skb, const struct ipv6hdr *six)
{
	struct halves from = halves_of(&six->saddr);
	__u32 protocol = six->nexthdr, at = ETH_HLEN + sizeof(*six);
	__u8 first;

	if (inner_special(from) != INNER_GOOD)
		return false;
	if (protocol != IPPROTO_ICMPV6 && !is_extension(protocol))
		return true;
	if (bpf_skb_load_bytes(skb, at, &first, 1))
		return false;
	if (protocol == IPPROTO_ICMPV6)
		return first >= ICMPV6_FIRST_INFO;
	return first != IPPROTO_ICMPV6 && !is_extension(first);
}

/** error_checksum() - of ICMPv6 header and @n bytes of @quote with the pseudo-header */
INLINE __u16 error_checksum(struct error *e, struct tsp_quote *quote, __u32 n)
{
	__s64 sum = bpf_htonl(sizeof(e->icmp) + n);

	sum += bpf_htonl(IPPROTO_ICMPV6);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&e->six.saddr, 2 * sizeof(e->six.saddr),
			    sum_fold(sum));
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&e->icmp, sizeof(e->icmp), sum);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)quote->bytes, n, sum);
	return ~sum_fold((__u32)sum);
}

/** error_headers() - fill in @e and put it, and an Ethernet header, before the packet */
INLINE int error_headers(struct __sk_buff *skb, struct error *e, struct tsp_quote *quote,
			 __u32 n)
{
	struct ethhdr eth = {.h_proto = bpf_htons(ETH_P_IPV6)};

#pragma unroll
	for (int i = 0; i < ETH_ALEN; i++)
		eth.h_dest[i] = eth.h_source[i] = tsp_config.mac[i];
	e->six.version = 6;
	e->six.payload_len = bpf_htons(sizeof(e->icmp) + n);
	e->six.nexthdr = IPPROTO_ICMPV6;
	e->six.hop_limit = ERROR_HOP_LIMIT;
	halves_put(&e->six.saddr,
		   (struct halves){tsp_config.source[0], tsp_config.source[1]});
	e->icmp.icmp6_cksum = error_checksum(e, quote, n);
	if (bpf_skb_change_tail(skb, ETH_HLEN + n, 0) ||
	    bpf_skb_change_head(skb, sizeof(*e), 0) ||
	    bpf_skb_store_bytes(skb, 0, &eth, sizeof(eth), BPF_F_RECOMPUTE_CSUM) ||
	    bpf_skb_store_bytes(skb, ETH_HLEN, e, sizeof(*e), BPF_F_RECOMPUTE_CSUM))
		return -1;
	return 0;
}

/** error_send() - turn the packet into an error to its sender, if one is due
 * @kind:	LIMIT_UNREACHABLE or LIMIT_TOO_BIG
 * @mtu:	Of LIMIT_TOO_BIG, in bytes; else 0
 *
 * Return: TC_ACT_SHOT or the redirection
 */
static __noinline int error_send(struct __sk_buff *skb, __u32 kind, __u32 mtu)
{
	struct ipv6hdr *six = (void *)(long)skb->data + ETH_HLEN;
	__u32 zero = 0, n = skb->len - ETH_HLEN;
	struct tsp_quote *quote = bpf_map_lookup_elem(&tsp_scratch, &zero);
	struct error e = {0};

	if (!quote || (void *)(six + 1) > (void *)(long)skb->data_end ||
	    !error_due(skb, six))
		return TC_ACT_SHOT;
	if (!limit_error(kind, halves_of(&six->saddr), bpf_ktime_get_coarse_ns())) {
		count(TSP_COUNT_LIMITED);
		return TC_ACT_SHOT;
	}
	e.six.daddr = six->saddr;
	e.icmp.icmp6_type = mtu ? ICMPV6_PKT_TOOBIG : ICMPV6_DEST_UNREACH;
	e.icmp.icmp6_code = mtu ? 0 : ADDRESS_FAILED;
	e.icmp.icmp6_mtu = bpf_htonl(mtu);
	n = (n < ERROR_QUOTE ? n : ERROR_QUOTE) & ERROR_QUOTE_MASK;
	asm volatile("" : "+r"(n));
	n &= ERROR_QUOTE_MASK;
	if (n < sizeof(*six) || bpf_skb_load_bytes(skb, ETH_HLEN, quote->bytes, n) ||
	    error_headers(skb, &e, quote, n))
		return TC_ACT_SHOT;
	count(mtu ? TSP_COUNT_TOO_BIG_SENT : TSP_COUNT_UNREACHABLE_SENT);
	return bpf_redirect(tsp_config.inner, BPF_F_INGRESS);
}

#endif
