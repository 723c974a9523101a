/* SPDX-License-Identifier: MIT */
/* inner.h - which IPv6 packets a tunnel may contain, apart from the source's owner */
#ifndef DATAPATH_BPF_INNER_H
#define DATAPATH_BPF_INNER_H

#include "datapath/bpf/owner.h"

#define MAX_EXTENSIONS 4
#define NEIGHBOUR_MIN  133 /* router solicitation ... */
#define NEIGHBOUR_MAX  137 /* ... to redirect: RFC 4861 */

#define INNER_GOOD TSP_COUNTERS_END /* result of the checks in here: no reason to drop */

/** inner_special() - addresses that are valid neither as source nor as destination */
INLINE __u32 inner_special(struct halves a)
{
	if (halves_multicast(a))
		return TSP_COUNT_MULTICAST;
	if (halves_link_local(a))
		return TSP_COUNT_LINK_LOCAL;
	if (a.high)
		return INNER_GOOD;
	if (a.low >> 32 == 0xffff)
		return TSP_COUNT_MAPPED;
	return a.low >> 32 ? INNER_GOOD : TSP_COUNT_COMPATIBLE;
}

/** inner_foreign() - the reason to drop a source outside of the pools */
INLINE __u32 inner_foreign(struct halves a, __be32 outer)
{
	__u32 why = inner_special(a);

	if (why != INNER_GOOD)
		return why;
	if (a.high >> 48 == 0x2002 && (__u32)(a.high >> 16) != bpf_ntohl(outer))
		return TSP_COUNT_SIX_TO_FOUR;
	return TSP_COUNT_FOREIGN;
}

/** inner_upper() - by the protocol after all extension headers
 * @protocol:	Next header
 * @type:	First byte of its header; -1: it is not in this packet
 */
INLINE __u32 inner_upper(__u8 protocol, int type)
{
	if (protocol == IPPROTO_IPV6)
		return TSP_COUNT_NESTED;
	if (protocol != IPPROTO_ICMPV6)
		return INNER_GOOD;
	if (type < 0)
		return TSP_COUNT_EXTENSIONS;
	return type >= NEIGHBOUR_MIN && type <= NEIGHBOUR_MAX ? TSP_COUNT_NEIGHBOUR
							      : INNER_GOOD;
}

INLINE bool is_extension(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_DSTOPTS;
}

/** inner_extensions() - walk the extension headers
 * @x:		Packet
 * @at:		Offset of the first one in it
 * @end:	Offset of the IPv6 packet's end
 * @protocol:	What the first one is
 */
static __noinline __u32 inner_extensions(struct xdp_md *x, __u32 at, __u32 end,
					 __u32 protocol)
{
	__u8 head[8];

	for (int i = 0; i < MAX_EXTENSIONS; i++) {
		if (at + sizeof(head) > end ||
		    bpf_xdp_load_bytes(x, at, head, sizeof(head)))
			return TSP_COUNT_EXTENSIONS;
		if (protocol == IPPROTO_FRAGMENT) {
			if (head[2] ||
			    head[3] & 0xf8) /* a later fragment has no upper header */
				return INNER_GOOD;
			at += 8;
		} else {
			at += 8 * (head[1] + 1);
		}
		protocol = head[0];
		if (!is_extension(protocol)) {
			if (at + 1 > end || bpf_xdp_load_bytes(x, at, head, 1))
				return inner_upper(protocol, -1);
			return inner_upper(protocol, head[0]);
		}
	}
	return TSP_COUNT_EXTENSIONS;
}

/** inner_ecn() - RFC 6040 section 4.2: the mark that the packet has after decapsulation
 * @inner:	ECN field inside
 * @outer:	... outside
 *
 * Return: 0 to 3; -1: drop the packet, which is not ECN-capable but was marked
 */
INLINE int inner_ecn(__u8 inner, __u8 outer)
{
	if (outer == 3)
		return inner ? 3 : -1;
	return outer == 1 && inner == 2 ? 1 : inner;
}

#endif
