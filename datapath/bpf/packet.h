/* SPDX-License-Identifier: MIT */
/* packet.h - headers, addresses and checksums, for both directions */
#ifndef DATAPATH_BPF_PACKET_H
#define DATAPATH_BPF_PACKET_H

#include <linux/bpf.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "datapath/bpf/tables.h"

#define INLINE static __always_inline

#define DONT_FRAGMENT   0x4000
#define MORE_FRAGMENTS  0x2000
#define FRAGMENT_OFFSET 0x1fff /* in units of 8 bytes */

/** struct halves - an IPv6 address in host byte order */
struct halves {
	__u64 high, low;
};

INLINE struct halves halves_of(const struct in6_addr *a)
{
	struct halves h = {bpf_be64_to_cpu(*(const __be64 *)&a->s6_addr[0]),
			   bpf_be64_to_cpu(*(const __be64 *)&a->s6_addr[8])};

	return h;
}

/** halves_put() - write an address as a packet has it */
INLINE void halves_put(struct in6_addr *to, struct halves h)
{
	*(__be64 *)&to->s6_addr[0] = bpf_cpu_to_be64(h.high);
	*(__be64 *)&to->s6_addr[8] = bpf_cpu_to_be64(h.low);
}

INLINE bool halves_multicast(struct halves h)
{
	return h.high >> 56 == 0xff;
}

INLINE bool halves_link_local(struct halves h)
{
	return h.high >> 54 == 0xfe80 >> 6;
}

/** length_of() - 16 bits in network byte order that are added to a packet pointer
 *
 * Before 6.10 the verifier does not know that the result of a byte swap has 16 bits, and
 * the compiler, which does, would leave the mask out.
 */
INLINE __u32 length_of(__be16 field)
{
	__u64 n = bpf_ntohs(field);

	asm volatile("%0 &= 0xffff" : "+r"(n));
	return n;
}

INLINE __u16 sum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/** ipv4_checksum() - of a header without options; 0 if its own is right (RFC 1071) */
INLINE __u16 ipv4_checksum(const struct iphdr *ip)
{
	const __u32 *w = (const __u32 *)ip;
	__u64 sum = 0;

#pragma unroll
	for (int i = 0; i < 5; i++)
		sum += w[i];
	return ~sum_fold(sum);
}

INLINE __u8 ecn_of(const struct ipv6hdr *six)
{
	return six->flow_lbl[0] >> 4 & 3;
}

INLINE void ecn_set(struct ipv6hdr *six, __u8 ecn)
{
	six->flow_lbl[0] = (six->flow_lbl[0] & ~0x30) | ecn << 4;
}

/** server_is() - tunnels end at this local IPv4 address */
INLINE bool server_is(__be32 ipv4)
{
	for (__u32 i = 0; i < TSP_MAX_SERVERS && i < tsp_config.server_count; i++)
		if (tsp_config.servers[i] == ipv4)
			return true;
	return false;
}

/** port_is() - tunnels in UDP end at this port, given in host byte order */
INLINE bool port_is(__u16 port)
{
#pragma unroll
	for (int i = 0; i < TSP_MAX_PORTS; i++)
		if (tsp_config.ports[i] && tsp_config.ports[i] == port)
			return true;
	return false;
}

#endif
