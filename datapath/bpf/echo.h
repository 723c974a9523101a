/* SPDX-License-Identifier: MIT */
/* echo.h - ICMPv6 echo requests and replies for the server's end of a tunnel */
#ifndef DATAPATH_BPF_ECHO_H
#define DATAPATH_BPF_ECHO_H

#include "datapath/bpf/packet.h"

#define ECHO_HOP_LIMIT 64

INLINE bool echo_request(const struct ipv6hdr *six, const struct icmp6hdr *icmp)
{
	return six->nexthdr == IPPROTO_ICMPV6 &&
	       icmp->icmp6_type == ICMPV6_ECHO_REQUEST && !icmp->icmp6_code;
}

INLINE bool echo_reply(const struct ipv6hdr *six, const struct icmp6hdr *icmp)
{
	return six->nexthdr == IPPROTO_ICMPV6 && icmp->icmp6_type == ICMPV6_ECHO_REPLY &&
	       !icmp->icmp6_code;
}

/** echo_turn() - request to reply, with the checksum changed accordingly (RFC 1624) */
INLINE void echo_turn(struct icmp6hdr *icmp)
{
	__u32 sum = (__u16)~icmp->icmp6_cksum;

	sum += (__u16)~bpf_htons(ICMPV6_ECHO_REQUEST << 8);
	sum += bpf_htons(ICMPV6_ECHO_REPLY << 8);
	icmp->icmp6_type = ICMPV6_ECHO_REPLY;
	icmp->icmp6_cksum = ~sum_fold(sum);
}

#endif
