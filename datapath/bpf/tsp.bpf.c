// SPDX-License-Identifier: MIT
/* tsp.bpf.c - IPv6 in IPv4 (protocol 41) and in UDP, for any number of clients
 *
 *	tsp_in   XDP, on every uplink: filters tunnel packets, takes the outer headers off
 *	         and puts the rest into the veth peer, so that it comes in at the device
 *	tsp_out  tc, ingress of the veth peer (or egress of the device): finds the tunnel
 *	         of the destination, puts the outer headers on and sends
 *
 * Both begin with one lookup that turns an IPv6 address into a tunnel (owner.h).
 */
#include "datapath/bpf/inward.h"
#include "datapath/bpf/outward.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL"; /* bpf_fib_lookup() needs GPL */

SEC("xdp")
int tsp_in(struct xdp_md *x)
{
	return inward(x);
}

SEC("tc")
int tsp_out(struct __sk_buff *skb)
{
	return outward(skb);
}
