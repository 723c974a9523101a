// SPDX-License-Identifier: MIT
/* tsp.bpf.c - IPv6 in IPv4 (protocol 41) and in UDP, for any number of clients
 *
 *	tsp_in   XDP, on every uplink: filters tunnel packets, takes the outer headers off and
 *	         puts the rest into the veth peer, so that it comes in at the device
 *	tsp_out  tc, ingress of the veth peer (or egress of the device): finds the tunnel of
 *	         the destination, puts the outer headers on and sends
 */
#include "datapath/bpf/tables.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL"; /* bpf_fib_lookup() needs GPL */

SEC("xdp")
int tsp_in(struct xdp_md *x)
{
	__u32 zero = 0;
	struct tsp_shared *s = bpf_map_lookup_elem(&tsp_shared, &zero);
	return s && s->epoch == tsp_config.epoch ? XDP_PASS : XDP_DROP;
}

SEC("tc")
int tsp_out(struct __sk_buff *skb)
{
	return 0;
}
