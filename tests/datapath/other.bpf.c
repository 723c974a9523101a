// SPDX-License-Identifier: MIT
/* other.bpf.c - an XDP program that is somebody else's */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("xdp")
int other(struct xdp_md *x)
{
	return x->data < x->data_end ? XDP_PASS : XDP_DROP;
}
